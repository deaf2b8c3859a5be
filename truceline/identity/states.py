"""States by ISO 3166-1 alpha-3 code, and unions of states: who may promise without a block of its own.

Names are the short ones in English, as the tables of a report print them. A state that is missing
here is declared as a party of the document.
"""

__all__ = ["STATES", "UNIONS", "find_state"]

STATES = {
    "ALB": "Albania",
    "AND": "Andorra",
    "ARE": "United Arab Emirates",
    "ARG": "Argentina",
    "ARM": "Armenia",
    "AUS": "Australia",
    "AUT": "Austria",
    "AZE": "Azerbaijan",
    "BEL": "Belgium",
    "BGR": "Bulgaria",
    "BIH": "Bosnia and Herzegovina",
    "BLR": "Belarus",
    "BRA": "Brazil",
    "CAN": "Canada",
    "CHE": "Switzerland",
    "CHN": "China",
    "CYP": "Cyprus",
    "CZE": "Czechia",
    "DEU": "Germany",
    "DNK": "Denmark",
    "EGY": "Egypt",
    "ESP": "Spain",
    "EST": "Estonia",
    "FIN": "Finland",
    "FRA": "France",
    "GBR": "United Kingdom",
    "GEO": "Georgia",
    "GRC": "Greece",
    "HRV": "Croatia",
    "HUN": "Hungary",
    "IND": "India",
    "IRL": "Ireland",
    "ISL": "Iceland",
    "ISR": "Israel",
    "ITA": "Italy",
    "JPN": "Japan",
    "KAZ": "Kazakhstan",
    "KOR": "Republic of Korea",
    "LIE": "Liechtenstein",
    "LTU": "Lithuania",
    "LUX": "Luxembourg",
    "LVA": "Latvia",
    "MCO": "Monaco",
    "MDA": "Moldova",
    "MEX": "Mexico",
    "MKD": "North Macedonia",
    "MLT": "Malta",
    "MNE": "Montenegro",
    "NLD": "Netherlands",
    "NOR": "Norway",
    "NZL": "New Zealand",
    "POL": "Poland",
    "PRT": "Portugal",
    "QAT": "Qatar",
    "ROU": "Romania",
    "RUS": "Russian Federation",
    "SAU": "Saudi Arabia",
    "SGP": "Singapore",
    "SMR": "San Marino",
    "SRB": "Serbia",
    "SVK": "Slovakia",
    "SVN": "Slovenia",
    "SWE": "Sweden",
    "TUR": "Türkiye",
    "TWN": "Taiwan",
    "UKR": "Ukraine",
    "USA": "United States",
    "VAT": "Holy See",
    "ZAF": "South Africa",
}
UNIONS = {
    "EU": "European Union",
    "NATO": "NATO",
    "OSCE": "OSCE",
    "UN": "United Nations",
}
# fmt: off
_TWO_LETTERS = {
    "AL": "ALB", "AD": "AND", "AE": "ARE", "AR": "ARG", "AM": "ARM", "AU": "AUS", "AT": "AUT", "AZ": "AZE",
    "BE": "BEL", "BG": "BGR", "BA": "BIH", "BY": "BLR", "BR": "BRA", "CA": "CAN", "CH": "CHE", "CN": "CHN",
    "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DK": "DNK", "EG": "EGY", "ES": "ESP", "EE": "EST", "FI": "FIN",
    "FR": "FRA", "GB": "GBR", "GE": "GEO", "GR": "GRC", "HR": "HRV", "HU": "HUN", "IN": "IND", "IE": "IRL",
    "IS": "ISL", "IL": "ISR", "IT": "ITA", "JP": "JPN", "KZ": "KAZ", "KR": "KOR", "LI": "LIE", "LT": "LTU",
    "LU": "LUX", "LV": "LVA", "MC": "MCO", "MD": "MDA", "MX": "MEX", "MK": "MKD", "MT": "MLT", "ME": "MNE",
    "NL": "NLD", "NO": "NOR", "NZ": "NZL", "PL": "POL", "PT": "PRT", "QA": "QAT", "RO": "ROU", "RU": "RUS",
    "SA": "SAU", "SG": "SGP", "SM": "SMR", "RS": "SRB", "SK": "SVK", "SI": "SVN", "SE": "SWE", "TR": "TUR",
    "TW": "TWN", "UA": "UKR", "US": "USA", "VA": "VAT", "ZA": "ZAF",
    "EL": "GRC", "UK": "GBR",
}
# fmt: on
"""Two letters -> three: ISO 3166-1 alpha-2, and the two that the Union's statistics and people write besides."""


def find_state(word: str) -> str | None:
    """Return the code of a state that a person wrote as "US", "usa" or "United States"; None for anything else."""
    wanted = word.strip().casefold()
    code = _TWO_LETTERS.get(wanted.upper(), wanted.upper())
    if code in STATES:
        return code
    return next((code for code, name in STATES.items() if name.casefold() == wanted), None)
