"""`python -m truceline` is the command `truceline`."""

from truceline.cli import main

if __name__ == "__main__":
    main()
