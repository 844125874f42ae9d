"""Endings whose accents decide how a stemmer cuts a word.

Papers are stemmed with their accents, queries are often typed without them:
``resolucoes`` has to find *resolução*. So a query word that ends like one of
these is also stemmed as it should have been written.
"""

from recordsvc.search.words import folded

_TABLE = {
    "cs": "ých ích ého ího ému ímu ým ím ými ími á é í ý ě ů ám ách ích ás",
    "es": "ción cciones sión ón ía ías ió é á án ará arán ería erán irá irán és",
    "fr": "é ée és ées ité ités té tés ère ères ième ième ième ément è",
    "hu": "ból ből ról ről tól től nál nél ú ű ó ő á é ság ség ának ének és ás "
    "ák ék ár ér át ét",
    "it": "ità à ò è ì ù tà",
    "pl": "ów ość ości ać ić eć ąć ący ąca ące ących ącym ących ę ą łem ł ła ło ń ć ś",
    "pt": "ção ções são sões ão ões ãos ães ência ências ância âncias ável áveis ível "
    "íveis ário ários ária árias ório órios ória órias ério érios íncia ínio ínios "
    "ênio ônio ônia ímica ícia ício ícios ático áticos ática áticas ético éticos "
    "ética éticas ítico íticos ítica íticas ógico ógicos ógica ógicas ógia ífico "
    "íficos ífica íficas ópico êutico êuticos ômico ômicos ômica ômicas ônico ônicos "
    "ônica ônicas ídico ídicos ídica ídicas úblico úblicos ública úblicas ésimo á ás "
    "ará arão erá erão irá irão é ê és ês ó í íram ível ívamos ávamos êm ém ío íos ía "
    "ías íssimo íssima éia êa ôa éria érias ído ídos ída ídas éis",
    "ro": "ție ția ții ției țiile țiilor țiune țiuni ă ească ări ăți ătate ților ți",
    "sv": "å ä ö",
}
_ENDINGS = {
    language: tuple(
        (folded(ending), ending) for ending in dict.fromkeys(endings.split())
    )
    for language, endings in _TABLE.items()
}


def restored(word: str, language: str) -> list[str]:
    """Return an unaccented word with the accents its ending may have had.

    Examples
    --------
    >>> restored("potavel", "pt")
    ['potável']
    """
    if not word.isascii():
        return []
    return [
        word[: -len(plain)] + ending
        for plain, ending in _ENDINGS.get(language, ())
        if word.endswith(plain) and len(word) > len(plain)
    ]
