"""The head of a small draft document, for tests that put their own blocks under it."""

HEAD = """# A test

```agreement
id = "test-1"
status = "draft"
starts = "2025-03-11T00:00 UTC"
ends = "open"
```

```party UKR
name = "Ukraine"
status = "accepted"
```

"""
