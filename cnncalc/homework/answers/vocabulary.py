"""The vocabulary of answers: units, numbers in words, axes, negations, words without meaning."""

from __future__ import annotations

import re

from cnncalc.patterns import regex


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HEDGES = _words("not isn't isnt or than between minus plus less more least most never under either")
"""Words that change the meaning of the number beside them."""

SIZES = _words("kbit kbits kilobit megabit mbit gbit tb tib")
COUNTS = SIZES | _words("dozen dozens hundred hundreds lakh lakhs crore crores half quarter")
"""Units that are not read, so that no number is taken without them."""


PERCENT = _words("% percent pct prozent pourcent porciento")


def _counted(text: str) -> dict[str, str]:
    """Return words for the numbers from 0 on."""
    return {word: str(number) for number, word in enumerate(text.split())}


NUMBERS = {
    **_counted("zero one two three four five six seven eight nine ten eleven twelve"),
    **_counted("null eins zwei drei vier fünf sechs sieben acht neun zehn"),
    **_counted("zéro un deux trois quatre cinq six sept huit neuf dix"),
    **_counted("cero uno dos tres cuatro cinco seis siete ocho nueve diez"),
    **_counted("零 一 二 三 四 五 六 七 八 九 十"),
    "doubles": "2",
    "triples": "3",
    "quadruples": "4",
    "doubled": "2",
    "tripled": "3",
    "quadrupled": "4",
    "twice": "2",
    **dict.fromkeys(("none", "nothing", "nil", "no parameters", "no params", "no weights"), "0"),
}

LETTERS = {
    **dict.fromkeys(_words("thousand thousands"), "k"),
    **dict.fromkeys(_words("tausend mille"), "k"),
    **dict.fromkeys(_words("mn mio mln mil million millions millionen millón millones"), "m"),
    **dict.fromkeys(_words("bn mrd bln bil billion billions milliarde milliarden milliard milliards"), "b"),
    **dict.fromkeys(_words("tn trillion trillions"), "t"),
    **dict.fromkeys(_words("byte bytes"), "b"),
    **dict.fromkeys(_words("kilobyte kilobytes"), "kb"),
    **dict.fromkeys(_words("megabyte megabytes"), "mb"),
    **dict.fromkeys(_words("gigabyte gigabytes"), "gb"),
    **dict.fromkeys(_words("kibibyte kibibytes"), "kib"),
    **dict.fromkeys(_words("mebibyte mebibytes"), "mib"),
    **dict.fromkeys(_words("gibibyte gibibytes"), "gib"),
}
"""Words for the units that `published/printed.py` knows."""

NOUNS = _words(
    "parameters parameter params param weights weight macs mac flops flop ops op operations operation macc maccs"
    " madds"
    " madd multadds multiplications multiplication multiplies mults additions adds value values numbers activations"
    " activation neurons units biases bias pixels pixel px cells cell elements floats in total per image trainable"
    " learnable learned multiply and accumulates multiply-adds multiply-add multiply-accumulates exactly"
    " γ β gamma beta gammas betas means variances"
    " samples sample layers zeros zeroes columns column rows row kernels entries connections scalars positions steps"
    " parametern gewichte werte neuronen schichten spalten zeilen multiplikationen insgesamt pro bild"
    " paramètres paramètre poids valeurs neurones couches colonnes lignes par octets"
    " parámetros parámetro pesos valores neuronas capas columnas filas píxeles por imagen"
    " biaswerte non-trainable aktivierungen elemente elementen éléments elementos einträge einträgen komponenten"
    " composantes componentes dimensional floating point biases multiply-accumulate macs/image fused operationen"
    " additionen multiplikationen-additionen"
    " multiplikations-additionen gleitkommaoperationen eingänge ausgänge eingangspixel zeile spalte zeiten pixeln"
    " pixels² biais entrées additions-multiplications opérations multiplications-additions flottantes"
    " sesgos sesgo entradas operaciones multiplicaciones sumas fila columna píxel unidades muestras steps"
    " learned-parameters trainable-parameters bias-terms terms term numbers number"
    " 个 参数 个参数 个权重 像素 个像素 次 次乘法 层"
)
"""What is counted: read as nothing."""

FILLERS = NOUNS | _words(
    "the a an it it's its that's is are was be will would should must can could did do does that this there which"
    " means meaning so thus hence therefore then get gets got have has had i we you my our answer answers result"
    " results resulting output outputs out input volume volumes size sizes shape shapes tensor dimension dimensions"
    " dims axis direction feature features map maps layer of for to in at on as with and by comes come becomes become"
    " makes make gives give equals equal number count amount final new next each every both per all about"
    " approximately approx around roughly circa ca nearly almost learn learns filter filters channel channels vector"
    " length flat flattened long wide high tall deep side sides border borders edge edges think guess believe suppose"
    " maybe perhaps probably rounded altogether overall first second third finally last step now see sees seen cover"
    " covers need needs needed use uses using choose find found compute computed calculated calculate obtain obtained"
    " respectively fc conv dense linear spatial receptive field region patch window area network original including"
    " incl included inclusive inputs die der das ist es ein eine also ergibt la le les el los las est sont y et un"
    " une"
    " ausgabe antwort i.e ie namely floor round rounding sind gibt hat schicht ergebnis beträgt auf jeder jede seite"
    " seiten obtient il couche résultat sortie chaque côté resultado hay salida capa tiene cada lado"
    " größe grösse hat de en taille volume tamaño tamano dimensiones forma volumen ausgabevolumen ausgabegröße"
    " volumes"
    " dimensionen abmessungen finale total es son"
    " seitenlänge länge longueur longitud à vektor vecteur vektors dim genau exakt exactement exactamente"
    " precisely precise mal fach"
    " kerastensor tensorshape groß gross large hoch breit total-params average expected apart neighbouring adjacent"
    " neighboring between-outputs left-over leftover remaining remain"
    " remains unused uncovered jump effective cumulative"
    " starting corresponding spatially same unchanged preserved stays stay remains keeps"
    " kept keep wide width's order pytorch keras tensorflow channels-first channels-last format layout torch numpy"
    " entire whole full complete required resulting trainable-params fully connected first-layer flattening"
    " features entries entry time timesteps per-layer according formula using via formatted written i.e. viz"
    " wird werden beträgt betragen lautet lauten somit damit insgesamt also jeweils je pro mit und von dem den des im"
    " rezeptives rezeptive feld eingabe eingabepixel ausgangsgröße ausgabebild bild bildes sprung"
    " filter filtern filters neurone neuron durchschnittlich durchschnitt im mittel rand rändern allen"
    " champ réceptif récepteur image pixels au du en tout toutes moyenne soit vaut valent égal égale"
    " paramètre reste restent ligne colonne nombre sur avec pour chacun chacune taille dimension donc"
    " campo receptivo tamaño tamano por para cada cantidad número numero queda quedan sobra sobran promedio media"
    " imagen filtro filtros red capa dimensión tiene"
    " 感受野 都是 都 均为 均 和 的 有 个 每个 我们 得到 所以 输出 输出尺寸 参数 激活值 尺寸 参数量 总参数"
    " 参数总数 为 是 大小 共 总共 共有 一共 等于"
    " regardless irrespective independently scales shifts when shared sharing per-filter learns there"
    " 结果是 输出是 答案是 结果 输出"
    " 答案 大小是 结果为 输出为"
)
"""Words around an answer that say nothing else; beside any other, an answer is not read."""

_LEAD = regex(r"(?:[^\W\d][\w'.-]*[,:]?\s+)+(?=[\d(\[])")
_TAIL = regex(r"(?<=[\d)\]])(?:[\s,-]+(?:[^\W\d][\w'/-]*\.?))+$")


def without_lead(text: str, *more: str) -> str:
    """Return a text without the words before its first number, where they say nothing; `more` are such words too."""
    match = _LEAD.match(text)
    words = [word.strip(".,:") for word in match[0].lower().split()] if match else []
    return text[match.end() :] if match and all(word in FILLERS or word in more for word in words) else text


def without_tail(text: str, *more: str) -> str:
    """Return a text without the words behind its last number, where they say nothing; `more` are such words too."""
    match = _TAIL.search(text)
    words = re.findall(r"[\w']+", match[0].lower()) if match else []
    return text[: match.start()] if match and all(word in FILLERS or word in more for word in words) else text


PADDING = (
    *("pad", "padding", "zero", "p", "zero-padding", "margin"),
    *("asymmetric", "symmetric", "rand", "bordure", "borde", "asymmetrisch", "asymétrique", "asimétrico"),
    *("füllung", "auffüllung", "remplissage", "relleno", "填充"),
)
"""Words around a number that is padding."""

TOTALS = _words(
    "total sum altogether overall answer result finally final together in all gesamt summe antwort insgesamt réponse"
    " somme resultado respuesta suma 答案 总数 总计 共"
)
"""Words for what is summed up from numbers with other labels."""

LESS = _words(
    "fewer fewest less least smaller smallest lower lowest cheaper cheapest weniger wenigsten kleiner moins menos"
)
MORE = _words("more most larger largest bigger biggest higher highest greater mehr meisten größer plus más")
YES = _words("yes y yeah yep true t correct right ja oui si sí 是 对 是的 对的")
NO = _words("no n nope false f incorrect wrong nein non 否 不 不是 不对")
SAME = _words("same equal identical unchanged independent")
DIFFERENT = _words("different unequal differ differs")

AXES = {
    **dict.fromkeys(
        _words("h height n_h nh rows row high tall höhe hoehe hoch zeilen hauteur lignes alto altura filas 高 高度"),
        "h",
    ),
    **dict.fromkeys(
        _words(
            "w width n_w nw columns column cols wide breite breit spalten largeur colonnes ancho anchura columnas 宽"
            " 宽度"
        ),
        "w",
    ),
    **dict.fromkeys(_words("l length t time samples timesteps länge longueur longitud largo 长度"), "l"),
    **dict.fromkeys(
        _words(
            "c ch channel channels depth filters maps n_c nc d deep features kernels featuremaps feature-maps kanäle"
            " kanälen tiefe ausgabekanäle canaux canal profondeur canales profundidad 通道 通道数 个通道 深度"
        ),
        "c",
    ),
}
"""Words for the axes of a volume."""

SIDE_WORDS = frozenset(
    ("side", "each side", "sides", "both sides", "every side", "per side", "height and width", "width and height",
     "h and w", "w and h", "höhe und breite", "hauteur et largeur", "alto y ancho", "h, w",
     "spatial size", "size", "spatial", "seite", "seitenlänge", "côté", "lado", "边长")
)  # fmt: skip
"""Words for height and width together."""

BEFORE = _words(
    "vorne vorn avant delante antes 前 left top before above begin beginning start front l t links oben gauche haut"
    " izquierda arriba 左 上"
)
AFTER = _words(
    "hinten après arrière detrás después 后 right bottom after below end back behind r b rechts unten droite bas"
    " derecha abajo 右 下"
)
UPRIGHT = _words("top above bottom below t b oben unten haut bas arriba abajo 上 下")
"""Those of the height, where the others are of the width."""

FOLD = _words("times fold fois veces mal fach 倍")
"""Words behind a factor."""
