"""What the world is made of: real cities, districts and codes; invented names, roads, people and sentences."""

from __future__ import annotations

from typing import NamedTuple


class District(NamedTuple):
    """A real district: Chinese name, GB/T 2260 code, rough centre in WGS-84, real areas that branches are named after."""

    name: str
    adcode: str
    lon: float
    lat: float
    areas: tuple[str, ...]


class City(NamedTuple):
    """A real city and the ids the platforms know it by (platforms.md, the platforms' public addresses)."""

    name: str
    full_name: str
    pinyin: str
    adcode: str
    province: str
    citycode: str
    ctrip: int
    mafengwo: int
    dianping: int
    districts: tuple[District, ...]


CITIES = (
    City(
        "成都",
        "成都市",
        "chengdu",
        "510100",
        "四川省",
        "028",
        104,
        10035,
        8,
        (
            District("锦江区", "510104", 104.0830, 30.6540, ("春熙路", "太古里", "九眼桥")),
            District("青羊区", "510105", 104.0550, 30.6740, ("宽窄巷子", "骡马市", "草堂")),
            District("金牛区", "510106", 104.0480, 30.7000, ("一品天下", "茶店子", "火车北站")),
            District("武侯区", "510107", 104.0430, 30.6420, ("玉林", "科华北路", "桐梓林")),
            District("成华区", "510108", 104.1050, 30.6650, ("建设路", "万象城", "东郊记忆")),
            District("都江堰市", "510181", 103.6470, 30.9880, ("南桥", "景区大门", "壹街区")),
        ),
    ),
    City(
        "上海",
        "上海市",
        "shanghai",
        "310000",
        "上海市",
        "021",
        2,
        10099,
        1,
        (
            District("黄浦区", "310101", 121.4820, 31.2250, ("外滩", "南京东路", "豫园")),
            District("徐汇区", "310104", 121.4365, 31.1900, ("徐家汇", "衡山路", "漕河泾")),
            District("静安区", "310106", 121.4490, 31.2310, ("静安寺", "曹家渡", "大宁")),
            District("虹口区", "310109", 121.4880, 31.2680, ("四川北路", "北外滩", "鲁迅公园")),
            District("浦东新区", "310115", 121.5447, 31.2217, ("陆家嘴", "世纪公园", "八佰伴")),
            District("松江区", "310117", 121.2277, 31.0322, ("松江老城", "大学城", "佘山")),
        ),
    ),
    City(
        "杭州",
        "杭州市",
        "hangzhou",
        "330100",
        "浙江省",
        "0571",
        14,
        10156,
        3,
        (
            District("上城区", "330102", 120.1740, 30.2440, ("湖滨", "河坊街", "南宋御街")),
            District("拱墅区", "330105", 120.1419, 30.3190, ("武林广场", "大运河", "拱宸桥")),
            District("西湖区", "330106", 120.1250, 30.2700, ("黄龙", "文三路", "龙井村")),
            District("滨江区", "330108", 120.2000, 30.2000, ("星光大道", "长河", "钱江龙湖")),
            District("萧山区", "330109", 120.2643, 30.1750, ("湘湖", "萧山老城", "人民广场")),
            District("余杭区", "330110", 119.9787, 30.2736, ("未来科技城", "仓前", "良渚")),
        ),
    ),
    City(
        "西安",
        "西安市",
        "xian",
        "610100",
        "陕西省",
        "029",
        7,
        10195,
        17,
        (
            District("新城区", "610102", 108.9680, 34.2720, ("解放路", "大明宫", "万寿路")),
            District("碑林区", "610103", 108.9480, 34.2500, ("钟楼", "南门", "文艺路")),
            District("莲湖区", "610104", 108.9280, 34.2690, ("回民街", "西门", "北院门")),
            District("未央区", "610112", 108.9350, 34.3200, ("市图书馆", "北客站", "凤城五路")),
            District("雁塔区", "610113", 108.9487, 34.2180, ("大雁塔", "小寨", "曲江")),
            District("临潼区", "610115", 109.2142, 34.3673, ("华清池", "兵马俑", "临潼老城")),
        ),
    ),
)

STEMS = (
    ("云岫", "Yunxiu"), ("听澜", "Tinglan"), ("望舒", "Wangshu"), ("松隐", "Songyin"), ("澄屿", "Chengyu"),
    ("拾光", "Shiguang"), ("青梧", "Qingwu"), ("鹿鸣", "Luming"), ("枕溪", "Zhenxi"), ("归鹤", "Guihe"),
    ("浮翠", "Fucui"), ("落霞", "Luoxia"), ("半坞", "Banwu"), ("临渊", "Linyuan"), ("采薇", "Caiwei"),
    ("沐野", "Muye"), ("知白", "Zhibai"), ("砚池", "Yanchi"), ("星渚", "Xingzhu"), ("梨雪", "Lixue"),
    ("竹里", "Zhuli"), ("照影", "Zhaoying"), ("观稼", "Guanjia"), ("惊鸿", "Jinghong"), ("怀橘", "Huaiju"),
    ("洗墨", "Ximo"), ("燕归", "Yangui"), ("寻梅", "Xunmei"), ("抱朴", "Baopu"), ("漱石", "Shushi"),
    ("扶摇", "Fuyao"), ("棠梨", "Tangli"), ("云归", "Yungui"), ("锦鲤", "Jinli"), ("白鹭", "Bailu"),
    ("霜叶", "Shuangye"), ("听雨", "Tingyu"), ("沧浪", "Canglang"), ("金谷", "Jingu"), ("月牙", "Yueya"),
)  # fmt: skip
"""Invented first parts of names, and their Latin form."""


class Kind(NamedTuple):
    """A sort of place: last part of its name, its English, what amap calls it."""

    word: str
    english: str
    amap_code: str
    amap_type: str


SIGHTS = (
    Kind("公园", "Park", "110101", "风景名胜;公园广场;公园"),
    Kind("植物园", "Botanical Garden", "110103", "风景名胜;公园广场;植物园"),
    Kind("湿地公园", "Wetland Park", "110101", "风景名胜;公园广场;公园"),
    Kind("广场", "Square", "110105", "风景名胜;公园广场;城市广场"),
    Kind("古镇", "Ancient Town", "110202", "风景名胜;风景名胜;国家级景点"),
    Kind("山", "Mountain", "110202", "风景名胜;风景名胜;国家级景点"),
    Kind("湖", "Lake", "110203", "风景名胜;风景名胜;省级景点"),
    Kind("纪念馆", "Memorial Hall", "110204", "风景名胜;风景名胜;纪念馆"),
    Kind("故居", "Former Residence", "110204", "风景名胜;风景名胜;纪念馆"),
    Kind("寺", "Temple", "110205", "风景名胜;风景名胜;寺庙道观"),
    Kind("塔", "Pagoda", "110205", "风景名胜;风景名胜;寺庙道观"),
    Kind("书院", "Academy", "110200", "风景名胜;风景名胜;风景名胜"),
    Kind("老街", "Old Street", "110200", "风景名胜;风景名胜;风景名胜"),
    Kind("观景台", "Viewing Platform", "110208", "风景名胜;风景名胜;观景点"),
)
HOTELS = (
    Kind("大酒店", "Grand Hotel", "100102", "住宿服务;宾馆酒店;五星级宾馆"),
    Kind("国际酒店", "International Hotel", "100103", "住宿服务;宾馆酒店;四星级宾馆"),
    Kind("精品酒店", "Boutique Hotel", "100100", "住宿服务;宾馆酒店;宾馆酒店"),
    Kind("快捷酒店", "Express Hotel", "100105", "住宿服务;宾馆酒店;经济型连锁酒店"),
    Kind("客栈", "Inn", "100200", "住宿服务;旅馆招待所;旅馆招待所"),
    Kind("青年旅舍", "Youth Hostel", "100201", "住宿服务;旅馆招待所;青年旅舍"),
)
RESTAURANTS = (
    Kind("火锅", "Hotpot", "050117", "餐饮服务;中餐厅;火锅店"),
    Kind("川菜馆", "Sichuan Restaurant", "050102", "餐饮服务;中餐厅;四川菜(川菜)"),
    Kind("面馆", "Noodle House", "050300", "餐饮服务;快餐厅;快餐厅"),
    Kind("小馆", "Bistro", "050100", "餐饮服务;中餐厅;中餐厅"),
    Kind("海鲜酒楼", "Seafood Restaurant", "050119", "餐饮服务;中餐厅;海鲜酒楼"),
    Kind("咖啡", "Coffee", "050500", "餐饮服务;咖啡厅;咖啡厅"),
    Kind("茶舍", "Tea House", "050600", "餐饮服务;茶艺馆;茶艺馆"),
    Kind("甜品", "Desserts", "050900", "餐饮服务;甜品店;甜品店"),
)
KINDS = {"sight": SIGHTS, "hotel": HOTELS, "restaurant": RESTAURANTS}

ROADS = (
    "锦霞路",
    "芷泉街",
    "云台大道",
    "和煦巷",
    "望江东路",
    "书院西街",
    "梧桐里",
    "清波路",
    "石羊街",
    "文庙后街",
    "银杏大道",
    "柳荫街",
    "桂溪路",
    "长乐坊",
    "东篱路",
    "南薰街",
    "竹笆市巷",
    "海棠路",
    "临河街",
    "星火路",
)
LABELS = (
    "亲子",
    "夜景",
    "拍照出片",
    "历史古迹",
    "赏花",
    "步行可达",
    "周末去处",
    "免费",
    "老字号",
    "下午茶",
    "江景",
    "安静",
)

OPENERS = (
    "第一次来{name}",
    "带爸妈逛了{name}",
    "周末又去了一趟{name}",
    "朋友推荐的{name}",
    "下雨天的{name}",
    "早上八点到{name}",
    "傍晚的{name}",
    "专程来打卡{name}",
    "路过{name}顺便进去看看",
    "住在附近，常来{name}",
)
MIDDLES = (
    "人不算多，走走停停很舒服",
    "排队大概{n}分钟，建议早点来",
    "门口的桂花开了，整条路都是香的",
    "工作人员很耐心，指路也清楚",
    "价格比去年涨了一点，能接受",
    "停车要绕一圈，最好坐地铁",
    "灯光亮起来以后特别好看",
    "味道偏咸，分量倒是足",
    "房间隔音一般，但床很软",
    "老板送了一碟小菜，挺暖心",
    "讲解器要押金{n}元",
    "卫生间干净，有热水",
    "孩子玩了{n}个小时还不肯走",
    "手机信号不太好，提前下载地图",
)
CLOSERS = (
    "下次还会再来。",
    "总体值得一去！",
    "给个中评吧。",
    "推荐给喜欢安静的朋友～",
    "照片拍了{n}张😊",
    "性价比可以 & 服务在线。",
    "冬天室内温度<3度，记得多穿。",
    "“不虚此行”四个字送给它。",
    "五分好评(不是托)。",
    "仁者见仁吧……",
)
PARAGRAPHS = (
    "一早从酒店出发，先去{name}。{middle}，{middle2}。",
    "午后绕到{name}坐了坐，{middle}。",
    "最喜欢的还是{name}：{middle}，{middle2}。",
    "行程的最后一站是{name}，{middle}。",
)
TITLES = (
    "{city}{n}日慢游：从{name}开始",
    "一个人的{city}，{name}与夜色",
    "带娃去{city}｜{name}亲测",
    "重返{city}，又见{name}",
    "{city}周末逃离计划之{name}",
    "在{city}，{name}门口等一场雨",
)
MOODS = (
    "慢吞吞的",
    "爱吃辣的",
    "不认路的",
    "凌晨三点的",
    "只看海的",
    "背着锅的",
    "会飞的",
    "没睡醒的",
    "穿雨靴的",
    "数星星的",
)
CREATURES = ("水獭", "麻雀", "长颈鹿", "刺猬", "老山羊", "鲸鱼", "灰狐狸", "树懒", "企鹅", "穿山甲", "花栗鼠", "海星")
