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
    **dict.fromkeys(
        (
            "none",
            "nothing",
            "keine",
            "keiner",
            "keines",
            "aucun",
            "aucune",
            "ninguno",
            "ninguna",
            "nada",
            "没有",
            "nil",
            "no parameters",
            "no params",
            "no weights",
        ),
        "0",
    ),
}

LETTERS = {
    **dict.fromkeys(_words("thousand thousands"), "k"),
    **dict.fromkeys(_words("tausend mille"), "k"),
    **dict.fromkeys(_words("mn mio mln mil million millions millionen millón millones"), "m"),
    **dict.fromkeys(_words("bn mrd bln bil billion billions milliarde milliarden milliard milliards"), "b"),
    **dict.fromkeys(_words("tn trillion trillions"), "t"),
    **dict.fromkeys(_words("byte bytes octet octets"), "b"),
    **dict.fromkeys(_words("kilobyte kilobytes ko"), "kb"),
    **dict.fromkeys(_words("megabyte megabytes mo"), "mb"),
    **dict.fromkeys(_words("gigabyte gigabytes go"), "gb"),
    **dict.fromkeys(_words("kibibyte kibibytes"), "kib"),
    **dict.fromkeys(_words("mebibyte mebibytes"), "mib"),
    **dict.fromkeys(_words("gibibyte gibibytes"), "gib"),
}
"""Words for the units that `published/printed.py` knows."""

NOUNS = _words(
    "parameters parameter params param weights weight macs mac flops flop ops op operations operation macc maccs"
    " madds madd multadds multiplications multiplication multiplies mults additions adds value values numbers"
    " activations activation neurons units biases bias pixels pixel px cells cell elements floats in total per"
    " image trainable learnable learned multiply and accumulates multiply-adds multiply-add multiply-accumulates"
    " exactly γ β gamma beta gammas betas means variances samples sample layers zeros zeroes columns column rows"
    " row kernels entries connections scalars positions steps parametern gewichte werte neuronen schichten spalten"
    " zeilen multiplikationen insgesamt pro bild paramètres paramètre poids valeurs neurones couches colonnes"
    " lignes par octets parámetros parámetro pesos valores neuronas capas columnas filas píxeles por imagen"
    " biaswerte non-trainable aktivierungen elemente elementen éléments elementos einträge einträgen komponenten"
    " composantes componentes dimensional floating point multiply-accumulate macs/image fused operationen"
    " additionen multiplikationen-additionen multiplikations-additionen gleitkommaoperationen eingänge ausgänge"
    " eingangspixel zeile spalte zeiten pixeln pixels² biais entrées additions-multiplications opérations"
    " multiplications-additions flottantes sesgos sesgo entradas operaciones multiplicaciones sumas fila columna"
    " píxel unidades muestras learned-parameters trainable-parameters bias-terms terms term number stück parametri"
    " coefficients koeffizienten zahlen nombres coeficientes paramètres-apprenables entraînables entrenables"
    " lernbare trainierbare apprenables aprendibles mads multiply-accumulations gleitkommazahlen flottants"
    " flotantes eintrag valor valeur wert zahl reihe reihen ceros zéros nullen 个 参数 个参数 个权重 权重 偏置"
    " 个偏置 像素 个像素 次 次乘法 次加法 次运算 次乘加 次浮点运算 乘加 层 字节 个字节 个神经元 神经元 个值 个数"
    " 个数值 可训练 可学习 张 图像 每张 图片 行 列 步"
)
"""What is counted: read as nothing."""

FILLERS = NOUNS | _words(
    "the a an it it's its that's is are was be will would should must can could did do does that this there which"
    " means meaning so thus hence therefore then get gets got have has had i we you my our answer answers result"
    " results resulting output outputs out input volume volumes size sizes shape shapes tensor dimension"
    " dimensions dims axis direction feature features map maps layer of for to in at on as with and by comes come"
    " becomes become makes make gives give equals equal number count amount final new next each every both per all"
    " about approximately approx around roughly circa ca nearly almost learn learns filter filters channel"
    " channels vector length flat flattened long wide high tall deep side sides border borders edge edges think"
    " guess believe suppose maybe perhaps probably rounded altogether overall first second third finally last step"
    " now see sees seen cover covers need needs needed use uses using choose find found compute computed"
    " calculated calculate obtain obtained respectively fc conv dense linear spatial receptive field region patch"
    " window area network original including incl included inclusive inputs die der das ist es ein eine also"
    " ergibt la le les el los las est sont y et un une ausgabe antwort i.e ie namely floor round rounding sind"
    " gibt hat schicht ergebnis beträgt auf jeder jede seite seiten obtient il couche résultat sortie chaque côté"
    " resultado hay salida capa tiene cada lado größe grösse de en taille tamaño tamano dimensiones forma volumen"
    " ausgabevolumen ausgabegröße dimensionen abmessungen finale total son seitenlänge länge longueur longitud à"
    " vektor vecteur vektors dim genau exakt exactement exactamente precisely precise mal fach kerastensor"
    " tensorshape groß gross large hoch breit total-params average expected apart neighbouring adjacent"
    " neighboring between-outputs left-over leftover remaining remain remains unused uncovered jump effective"
    " cumulative starting corresponding spatially same unchanged preserved stays stay keeps kept keep width's"
    " order pytorch keras tensorflow channels-first channels-last format layout torch numpy entire whole full"
    " complete required trainable-params fully connected first-layer flattening entries entry time timesteps"
    " per-layer according formula via formatted written i.e. viz wird werden betragen lautet lauten somit damit"
    " insgesamt jeweils je pro mit und von dem den des im rezeptives rezeptive feld eingabe eingabepixel"
    " ausgangsgröße ausgabebild bild bildes sprung filtern neurone neuron durchschnittlich durchschnitt mittel"
    " rand rändern allen champ réceptif récepteur image pixels au du tout toutes moyenne soit vaut valent égal"
    " égale paramètre reste restent ligne colonne nombre sur avec pour chacun chacune donc campo receptivo por"
    " para cantidad número numero queda quedan sobra sobran promedio media imagen filtro filtros red dimensión"
    " 感受野 都是 都 均为 均 和 的 有 个 每个 我们 得到 所以 输出 输出尺寸 参数 激活值 尺寸 参数量 总参数 参数总数"
    " 为 是 大小 共 总共 共有 一共 等于 regardless irrespective independently scales shifts when shared sharing"
    " per-filter 结果是 输出是 答案是 结果 答案 大小是 结果为 输出为 pooled pooling pool inside within giving"
    " yield yields leaving leaves turns pooling-layer vertical horizontal block stack adding added plus-bias"
    " convolution convolutional converted convert conversion kind zusammen summiert addiert hinzu dazu dann darum"
    " deshalb folgt bleibt bleiben erhält erhalten sieht sehen faltung faltungsschicht fenster eingabebild"
    " ausgangsvolumen ausgabetensor ausgabeform form bekommt bekommen kommt heraus raus hier sowie davon dieser"
    " diese dieses beim bei nach ensemble ainsi alors ici celui-ci cette ce ces fenêtre entrée sorties obtenue"
    " obtenu obtenons nous avons cela fait font cartes carte caractéristiques forme tenseur compte comptons où"
    " juntos entonces así aquí esta este estos convolución ventana entrada salidas obtiene obtenemos tenemos se"
    " mapa mapas características da dan cuenta donde 卷积 卷积层 池化 池化层 滤波器 个滤波器 每个滤波器 卷积核"
    " 个卷积核 每个卷积核 输入 输入图像 特征图 张特征图 体积 形状 维度 每边 各边 边 则 那么 需要 要 能 可以 看到"
    " 看见 覆盖 加 加上 乘以 乘 其中 这 该 它 即 也就是 就是 即为 应为 应该是 向量 不改变 不变 改变 不影响 kanäle"
    " kanälen kanal canaux canal canales 个通道 通道 长度 为止 一圈 四周 周围 每侧 各侧 两侧 上下左右 第一层"
    " 第二层 第三层 计算 可得 得 得出 最终 最后 一个 两个 总 总计 合计 一共有 总参数量 输出大小 输出形状 输出体积"
    " 感受野大小 填充为 步长为 后 之后 前 在 上 中 里 与 以及 还有 再 各 每 一层 网络 模型 原图 原始 图"
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

AT_LAST = r"in total|in all|altogether|overall|insgesamt|zusammen|en tout|au total|en total"
"""Words behind a sum."""
TOTALS = _words(
    "total sum altogether overall answer result finally final together in all gesamt summe antwort insgesamt"
    " réponse somme resultado respuesta suma zusammen ensemble juntos tout 答案 总数 总计 共 一共 总共 合计 总参数"
    " 总参数量"
)
"""Words for what is summed up from numbers with other labels."""

ROUNDED = r"rounded|rounds|round|floor|floored|floors|ceiled|(?:ab|auf)?gerundet|arrondi[es]*|redondead[oa]s?"
AND = r"and|und|sowie|et|y|e"
BECAUSE = (
    r"because|since|as(?=\s+[\d(])|weil|da(?!\s*=)|denn|parce que|puisque|car|porque|ya que|pues(?:to que)?|因为|由于"
)
SO = (
    r"and then|so|thus|hence|therefore|finally|daher|somit|folglich|deshalb|darum|also|donc|ainsi|alors|d'où|luego"
    r"|entonces|por lo tanto|por tanto|así que"
)
"""Words between statements, as regular expressions."""

FIELDS = {
    "s": "stride", "strides": "stride", "p": "pad", "padding": "pad", "pads": "pad", "k": "kernel", "f": "kernel",
    "kernel_size": "kernel", "filter": "kernel", "filter size": "kernel", "kernel size": "kernel", "d": "dilation",
    "g": "groups", "group": "groups", "n": "out", "filters": "out", "output channels": "out", "channels": "out",
    "out_channels": "out", "c": "channels", "output padding": "output_pad", "output_padding": "output_pad",
    "schrittweite": "stride", "pas": "stride", "paso": "stride", "步幅": "stride", "步长": "stride",
    "füllung": "pad", "remplissage": "pad", "relleno": "pad", "填充": "pad", "filtergröße": "kernel",
    "schritt": "stride", "步幅为": "stride", "步长为": "stride", "填充为": "pad", "卷积核大小": "kernel",
}  # fmt: skip
"""Names that courses and frameworks give to the fields of a layer."""

LESS = _words(
    "fewer fewest less least smaller smallest lower lowest cheaper cheapest weniger wenigsten kleiner moins menos"
    " geringer günstiger billiger petit petite menor"
)
MORE = _words("more most larger largest bigger biggest higher highest greater mehr meisten größer plus más")
YES = _words(
    "yes y yeah yep yup true t correct right ja jawohl wahr oui vrai si sí verdadero cierto 是 对 是的 对的 会 能 正确"
)
NO = _words(
    "no n nope nah false f incorrect wrong nein falsch non faux falso 否 不 不是 不对 不会 不能 不需要 没有 不需"
    " 错 错误"
)
SAME = _words(
    "same equal identical unchanged independent gleich identisch égal égaux identiques iguales igual mismo 相同"
    " 一样 相等"
)
DIFFERENT = _words(
    "different unequal differ differs verschieden unterschiedlich différents différentes distintos 不同 不一样"
)

AXES = {
    **dict.fromkeys(
        _words(
            "h height n_h nh rows row high tall vertical vertically höhe hoehe hoch zeilen senkrecht vertikal"
            " hauteur haut lignes verticalement alto altura filas verticales 高 高度 行"
        ),
        "h",
    ),
    **dict.fromkeys(
        _words(
            "w width n_w nw columns column cols wide horizontal horizontally across breite breit spalten"
            " waagerecht largeur large colonnes horizontalement ancho anchura columnas horizontales 宽 宽度 列"
        ),
        "w",
    ),
    **dict.fromkeys(_words("l length t time samples timesteps länge longueur longitud largo 长度"), "l"),
    **dict.fromkeys(
        _words(
            "c ch channel channels depth filters maps n_c nc d deep features kernels featuremaps feature-maps"
            " kanäle kanälen tiefe tief ausgabekanäle canaux canal profondeur canales profundidad profundo 通道"
            " 通道数 个通道 深度 个特征图 张特征图 个滤波器"
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
    "vorne vorn avant delante antes 前 left top before above begin beginning start front l t links oben gauche"
    " haut izquierda arriba 左 上"
)
AFTER = _words(
    "hinten après arrière detrás después 后 right bottom after below end back behind r b rechts unten droite bas"
    " derecha abajo 右 下"
)
PLACES = frozenset(word for word in BEFORE | AFTER if len(word) > 2) - FILLERS
"""Words for what is before or behind, where ends of a side are not asked for."""
UPRIGHT = _words("top above bottom below t b oben unten haut bas arriba abajo 上 下")
"""Those of the height, where the others are of the width."""

FOLD = _words("times fold fois veces mal fach 倍")
"""Words behind a factor."""
CHANGING = (
    HEDGES
    | LESS
    | MORE
    | _words(
        "rarely hardly up tenth fifth sixth eighth ninth hundredth zehntel drittel viertel dixième tiers quart"
        " décimo tercio no none without wrong false incorrect except excluding excluded exclude neither nor"
        " instead twice double half doubled halved triple if unless until over above below fewer smaller larger"
        " bigger greater cannot can't couldn't doesn't don't didn't isn't aren't wasn't won't unlike rest"
        " remaining difference nicht kein keine keinen keiner keines ohne falsch außer statt anstatt weniger mehr"
        " unter über zwischen oder entweder halb halbe doppelt höchstens mindestens nie niemals weder noch kleiner"
        " größer sondern non ne pas sans sauf hors moins ou entre faux jamais aucun aucune demi moitié lieu ni sin"
        " nunca salvo excepto menos falso mitad doble jamás ningún ninguna ninguno sino não nao niet geen senza"
        " sem zonder ikke inte"
    )
)
"""Words that may make another answer of the one beside them."""
CHANGING_SIGNS = frozenset("不没非无未别否或除减少多半")

WORDS = frozenset(
    (
        *FILLERS,
        *AXES,
        *FIELDS,
        *FIELDS.values(),
        *TOTALS,
        *PADDING,
        *BEFORE,
        *AFTER,
        *FOLD,
        *YES,
        *NO,
        *SAME,
        *DIFFERENT,
        *LESS,
        *MORE,
        *LETTERS,
        *NUMBERS,
        *PERCENT,
        *HEDGES,
        *COUNTS,
    )
)
"""All words that have a meaning, or are known to have none."""
