"""The words and letters by which languages are told apart.

One line of function words for each language, the most frequent first; letters that
neighbours lack (`own`) and letters that the language never uses (`foreign`). To be
read and mended by someone who speaks it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LETTERS", "SCRIPTS", "WORDS", "Letters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Hold the script of a language and its telling letters."""

    script: str = "LATIN"
    own: str = ""
    foreign: str = ""


SCRIPTS = {
    "GREEK": "el",
    "HEBREW": "he",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "BENGALI": "bn",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "LAO": "lo",
    "KHMER": "km",
    "MYANMAR": "my",
    "ETHIOPIC": "am",
    "TIBETAN": "bo",
    "THAANA": "dv",
    "MONGOLIAN": "mn",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
}

WORDS = {
    "en": "the of and to in that is a for be on as by with it was this are or shall not "
    "which from at have has an any under such may other he his they their we you "
    "been were will would there who what whether its i my our all no minister if "
    "when but so can upon should one these than out about more only made into",
    "fr": "de la et le les des à du en un une que qui dans est pour au sur par l' d' ce "
    "aux il se pas plus ne avec sont cette son sa ses ou nous être ont a été je "
    "vous elle mais leur qu' n' s' c' comme tout fait même dont y si deux entre "
    "ces lui sans loi président",
    "es": "de la que el en y los del las se un por una con para al lo no es su como más o "
    "este esta artículo ley sus entre ha son fue cuando está sobre también sin "
    "dicho señor donde ser desde pero muy hasta todo presente nos me ya le si "
    "porque será cada otros están han",
    "pt": "de a o que e do da em os no na um para as dos das se com por uma ao à é não "
    "ou art lei pela pelo como nos nas esta este são sua seu mais foi será ser "
    "qualquer aos às também ter entre sobre quando até isso ele ela seus suas "
    "inciso parágrafo federal nº deste desta já há está",
    "it": "di e il la che in del della un per una non i le è dei al con da sono alla gli "
    "delle nel si articolo legge dal nella come più lo ai anche dell' all' l' o "
    "questo essere ha presente comma degli alle dalla sulla cui su ed se ma "
    "dall' nell' sull' quale stato hanno tra loro suo sua",
    "de": "der die und in den des zu das von für mit dem ist im nicht auf werden eine ein "
    "sich als auch oder an sind es nach einer wird bei aus durch über zur zum "
    "wie einem kann vom wurde dass hat haben nur so welche ich wir sie er noch "
    "einen eines soweit absatz gesetz landesregierung am bis um diese dieser",
    "nl": "de van het een en in is dat op te zijn met voor niet die aan er door om ook als "
    "dan maar bij uit of wordt naar worden heeft deze tot over kan onder wij hun "
    "geen deze wet artikel meer heb hij ze ik dit was nog tegen na zij",
    "sv": "och att i en som det är av för på med den till har inte om ett de vi jag eller "
    "från kan ska skall var så men vid också när under detta mot måste denna "
    "herr efter sig genom dessa hur vad bör finns",
    "da": "og i at er det en af til på som for med den de der ikke har et om vi var kan "
    "skal fra eller ved også blev jeg men være når må efter sig disse denne dette "
    "hr ud mellem dem over nogle hvad hvor vil af på",
    "nb": "og i å er det en av til på som for med den de ikke har et om vi var kan skal fra "
    "eller ved også ble jeg men være når må etter seg disse denne dette hva hvor "
    "vil noen mellom ut over dem bare nå",
    "fi": "ja on ei että se oli en joka myös mutta hän kun tai ovat ole sen ovat jos niin "
    "kuin tämä olla sekä voi sitä vain jotka mukaan tämän mitä nyt arvoisa "
    "koska jo siitä me he minä ne sitten näin asiassa",
    "et": "ja on ei et see oli kui ka mis või ning seda selle ta oma kes aga nii on ole mida "
    "veel pole siis siin need olema võib käesoleva eest kohta peab me ma välja vastu "
    "üle pärast",
    "lv": "un ir par no ar kas ka uz tas lai arī to vai bet nav ne kā mēs es šo tā viņš pēc "
    "šis gada būt var bija kuri ja līdz attiecībā starp pie tikai mūsu tiek jo šī",
    "lt": "ir kad yra į iš su bet kaip tai ar apie jo ne buvo už tik jis jos kuris dėl prie "
    "taip pat nuo šis mes po gali būti arba jų kurie mūsų metų tačiau turi šio",
    "pl": "w i na z do się nie o że to jest za od przez po jak dla oraz co ale był tym są "
    "które czy lub może jego jej art tego który być ze ich we przy będzie pan "
    "pod ma już ustawy tylko również przed my tak ja",
    "cs": "a v se na je že o z s do k i za to ve pro ale jako by po od byl které jsou jeho "
    "nebo který si při bylo také aby jsem už ze být není co podle tak však jen "
    "má před než bude této pane mezi jejich",
    "sk": "a v sa na je že o z s do k i za to vo pre ale ako by po od bol ktoré sú jeho "
    "alebo ktorý si pri bolo aj aby som už zo byť nie čo podľa tak však len má pred "
    "než bude tejto pán medzi ich tento",
    "sl": "in je v na se da za so z ki pa ne o s ali tudi po bi od kot do ter bil še če pri "
    "lahko to med ima biti zakon ta vse ni smo sem njegov tega katere gospod "
    "zaradi samo",
    "hr": "i u je da se na za su od s o koji ne a to kao po ili bi do iz nije te što "
    "koje koja biti ako može više nego prema kako samo zakon članak članka ima "
    "već jer bio sa godine gospodine",
    "hu": "a az és hogy nem is egy ez meg van azt ha de volt el csak vagy már ki mint még "
    "kell ezt lehet mert akkor szerint törvény által kérem tisztelt minden való "
    "úr lesz pedig valamint ezek nagyon olyan",
    "ro": "și de în a la care cu pe nu că o din să un se pentru este mai sau prin al ale "
    "sunt fost după ca fi au iar lor dar acest această între le lui până articolul "
    "legea dacă acestea va într unei unui ei domnule şi",
    "mt": "li ta' il ta fil tal u huwa hija ma dan din għal jew kien minn mill dwar fuq dak "
    "dawn hemm biex jista' għandu fl l- mhux kull bħala kienet ikun tkun aktar wara",
    "ga": "an na agus ar a i go le is do de sé seo sin nach ní bhí tá don leis chun atá ag "
    "faoi air gach bheith mar nó ach sna dá aon ina sí siad",
    "cy": "y a yn i o ar mae am yr fod eu gan wedi at i'r a'r o'r bod hyn ac nad oedd hwn "
    "ei hon ond bydd neu fel gyda mewn ni chi eich ein",
    "ca": "de la i que el en a els les un per del amb una es no al com més o dels ha "
    "són aquest aquesta pel llei seva seu ser entre també si molt tot però "
    "sobre està fins on cada",
    "gl": "de a que e o en do da os un unha por con para as dos das non se no na é ao máis "
    "como á pola polo lei sobre ou súa seu está foi este esta cando tamén",
    "eu": "eta da du ez dira izan bat hau ere edo baina den dela zen dute egin bere behar "
    "duen beste dituen zuen lege artean hori gure",
    "tr": "ve bir bu için ile de da olarak olan daha gibi çok en kadar sonra değil veya "
    "ne ki her o ise göre ancak var ya olduğu sayın kanun madde maddesi eden üzere",
    "sq": "të e në dhe i për me një që nga se është si ka nuk do ai këtë kjo ky janë më por "
    "edhe tij ose ligji kanë duke nëse neni",
    "sw": "ya na wa kwa ni katika la za kuwa hii hiyo kama cha wake yake au si sasa bwana "
    "mheshimiwa spika hapa wetu huyo ambayo ambao watu hayo kuna sana lakini pia "
    "nchi serikali hivyo vya mimi sisi tu",
    "af": "die van en in is dat het nie te vir op met word wat as aan 'n deur ook ons of sal "
    "om kan daar agb dit moet by na so hy hulle was hierdie uit ek maar meer tot",
    "zu": "ukuthi futhi kodwa noma uma ngoba lapho ukuze yini kanye nje lokhu ngi ukuba "
    "ngesikhathi umhlonishwa abantu wathi bonke",
    "xh": "ukuba kwaye okanye kodwa ukuze xa nje ngoko le kuba ngokuba ukuya abantu kunye "
    "oku loo ngenxa mhlekazi esi",
    "so": "oo iyo ka ku in waa ay ee uu la soo ah si aan waxa kale ama lagu kuwa wax ayaa "
    "dalka dadka",
    "id": "yang dan di dengan untuk dari dalam ini itu pada tidak atau oleh adalah akan "
    "ke sebagai telah dapat undang pasal ayat juga mereka lebih negara tersebut "
    "bahwa tentang",
    "ms": "yang dan di dengan untuk dari dalam ini itu pada tidak atau oleh adalah akan ke "
    "sebagai telah boleh akta seksyen kepada tuan juga mereka kerajaan bahawa yb "
    "daripada ialah hendaklah",
    "vi": "và của là có các được cho trong không một những với này người đã khi để đến "
    "theo từ về luật điều quy định tại ở nhà nước",
    "tl": "ang ng sa na mga ay at ni si ito para hindi may kung nang isang o kay siya niya "
    "batas ating ako",
    "ru": "и в не на что с по я как а это для к из от о он за у но мы же также или его при "
    "был до которые быть так только было со закона если их все может статьи "
    "федерального",
    "uk": "і в не на що з та до у за від про як це для є або його по він при але також "
    "було які має бути закону які статті україни так якщо ми цього між й",
    "bg": "и на за да се в от не с е че по са като до ще при или което които която това "
    "но към член във със който бъде между има той само след може г са",
    "sr": "и у је да се на за су од са о који не а то као по или би до из није те што које "
    "која бити ако може члан закона",
    "mk": "и на во да се за од не со е што ќе ја го ги по или како кои која која "
    "членот законот ова беше",
    "be": "і ў не на што з да у за ад пра як гэта для ёсць або яго па ён пры але таксама "
    "былі якія мае быць закона",
    "ar": "في من على أن إلى هذا هذه التي الذي عن مع أو ما لا كان بين المادة القانون "
    "ذلك كل بعد قد هو هي وفي كما إذا رئيس عليه السيد تم حتى",
    "fa": "و در به از که این را با است برای آن می یک خود تا شود بر هم شده ماده قانون "
    "های کرد بود یا نیز",
    "ur": "کے کی میں کا اور ہے سے کو پر نے یہ کہ ہیں اس نہیں بھی ایک ان جو تو تھا گیا جناب "
    "لئے کر ہو",
    "ps": "د په او چې له کې ته دی دا هم سره کړي شي یې وي نه",
}

_CYRILLIC = "CYRILLIC"
_ARABIC = "ARABIC"

LETTERS = {language: Letters() for language in WORDS} | {
    "de": Letters(own="ß", foreign="ñãõéèçøåőűčš"),
    "en": Letters(foreign="ßñãõçøåőűčšđłżąęäö"),
    "fr": Letters(own="êœ", foreign="ñßãõøåőű"),
    "es": Letters(own="ñ¿¡", foreign="ãõßçêàèøå"),
    "pt": Letters(own="ãõ", foreign="ñßøåőű"),
    "gl": Letters(own="ñ", foreign="ãõßç"),
    "ca": Letters(own="·", foreign="ñãõß"),
    "it": Letters(foreign="ñãõßçêøåőű"),
    "nl": Letters(foreign="ñãõßçøåőű"),
    "sv": Letters(own="åäö", foreign="æøñãß"),
    "da": Letters(own="æøå", foreign="äöñãß"),
    "nb": Letters(own="æøå", foreign="äöñãß"),
    "fi": Letters(own="äy", foreign="åæøñãßõ"),
    "et": Letters(own="õäü", foreign="åæøñã"),
    "lv": Letters(own="āēīūģķļņ"),
    "lt": Letters(own="ėįųūąę", foreign="āēī"),
    "pl": Letters(own="łżźśćńąę", foreign="řůőű"),
    "cs": Letters(own="řůě", foreign="łżąęľĺŕôä"),
    "sk": Letters(own="ľĺŕôä", foreign="řůěłż"),
    "sl": Letters(foreign="ćđřůłż"),
    "hr": Letters(own="ćđ", foreign="řůłżě"),
    "hu": Letters(own="őű", foreign="ãõñß"),
    "ro": Letters(own="ăâîșțşţ"),
    "mt": Letters(own="ħġċż"),
    "tr": Letters(own="ığşç", foreign="ñãõß"),
    "sq": Letters(own="ë"),
    "vi": Letters(own="ơưđạảấậắệộợụ"),
    "ru": Letters(script=_CYRILLIC, own="ыэё", foreign="іїєґўјљњћђ"),
    "uk": Letters(script=_CYRILLIC, own="іїєґ", foreign="ыэёўъ"),
    "bg": Letters(script=_CYRILLIC, own="ъ", foreign="ыэёіїєўјљњћђ"),
    "sr": Letters(script=_CYRILLIC, own="јљњћђ", foreign="ыэёіїєўъщѓќѕ"),
    "mk": Letters(script=_CYRILLIC, own="јѓќѕ", foreign="ыэёіїєўъщћђ"),
    "be": Letters(script=_CYRILLIC, own="ўыі", foreign="їєиъщ"),
    "ar": Letters(script=_ARABIC, own="ةىأإ", foreign="گچپژیکٹڈڑےںہړښ"),
    "fa": Letters(script=_ARABIC, own="گچپژ", foreign="ةىٹڈڑےںړښ"),
    "ur": Letters(script=_ARABIC, own="ٹڈڑےںہ", foreign="ةړښ"),
    "ps": Letters(script=_ARABIC, own="ړښځڅۍې", foreign="ٹڈڑےں"),
}
