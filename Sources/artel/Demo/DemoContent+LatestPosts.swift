extension DemoContent {
  /// The posts of the last week.
  static let latestPosts = [
    DemoPost(
      .mountains,
      2,
      by: 0,
      "Сиреневый перевал",
      "Поднялись в четыре утра — и не пожалели. Солнце вышло ровно из седловины.",
      hoursAgo: 2,
      views: 184,
      moreSeeds: [12, 13],
      alts: [
        "Сиреневые хребты один за другим, солнце в седловине.",
        "Те же хребты позже, небо светлее.",
        "Ближний склон уже в тени.",
      ]
    ),
    DemoPost(
      .wheat,
      0,
      by: 1,
      "July, before the harvest",
      "The tree has been here longer than the road.",
      hoursAgo: 5,
      views: 96
    ),
    DemoPost(
      .city,
      6,
      by: 4,
      "Наш район, половина восьмого",
      "Одни ещё едут с работы, другие уже ставят чайник.",
      hoursAgo: 7,
      views: 241
    ),
    DemoPost(
      .aurora,
      1,
      by: 3,
      "Violet night over the fjord",
      "Kp 7, no wind, minus eighteen. The water was so still that we forgot which way was up.",
      hoursAgo: 11,
      views: 512,
      moreSeeds: [11, 12, 13],
      alts: [
        "Violet aurora over a still fjord.",
        "The aurora fades to green above the water.",
        "Stars between two bands of light.",
        "The shore at the end of the night.",
      ]
    ),
    DemoPost(
      .birches,
      0,
      .portrait,
      by: 2,
      "Январский свет",
      hoursAgo: 16,
      views: 133
    ),
    DemoPost(
      .bokeh,
      3,
      by: 5,
      "Amber morning",
      "Dew on three blades of grass, 90 mm macro, on my knees in the mud ✨🌾",
      hoursAgo: 21,
      views: 178
    ),
    DemoPost(
      .paperForest,
      0,
      .square,
      by: 4,
      "Бумажный лес № 1",
      "Девять листов картона, один скальпель и два вечера. Первая работа из серии «Бумажный лес».",
      hoursAgo: 26,
      views: 305
    ),
    DemoPost(
      .sunset,
      2,
      by: 7,
      "Last boat home",
      hoursAgo: 30,
      views: 267,
      moreSeeds: [12, 14],
      alts: [
        "A small boat under an orange sky.",
        "The same water, a minute later.",
        "The sun on the horizon.",
      ]
    ),
    DemoPost(
      .night,
      0,
      .portrait,
      by: 6,
      "Палатка под Млечным Путём",
      "Ни одного фонаря на сорок километров вокруг.",
      hoursAgo: 37,
      views: 389
    ),
    DemoPost(
      .lighthouse,
      2,
      by: 1,
      "Keeper's hour",
      "Blue hour lasted eleven minutes. The lamp came on in the seventh.",
      hoursAgo: 44,
      views: 220
    ),
    DemoPost(
      .embroidery,
      0,
      .square,
      by: 4,
      "Рушник прабабушки",
      "Сняла узор с рушника, которому больше ста лет. Красный — свёкла и марена, чёрный — сажа.",
      hoursAgo: 52,
      views: 417,
      moreSeeds: [10],
      alts: [
        "Красно-чёрная вышивка: ряд ромбов и птицы.",
        "Край рушника крупно.",
      ]
    ),
    DemoPost(
      .watercolor,
      3,
      by: 5,
      "Plum and persimmon",
      "Wet on wet, then hands off.",
      hoursAgo: 60,
      views: 88
    ),
    DemoPost(
      .mountains,
      1,
      .portrait,
      by: 3,
      "Morning haze, seven ridges",
      hoursAgo: 71,
      views: 156
    ),
    DemoPost(
      .aurora,
      2,
      by: 6,
      "Зелёная тишина",
      "Териберка, третья ночь. Две первые просидели в облаках, пили чай и спорили о прогнозе.",
      hoursAgo: 80,
      views: 344
    ),
    DemoPost(
      .birches,
      3,
      by: 0,
      "Берёзы на закате",
      "Снег лиловый, небо медное — ничего не придумала, так и было.",
      hoursAgo: 93,
      views: 201
    ),
    DemoPost(.sunset, 5, by: 7, "Calm", hoursAgo: 104, views: 64),
    DemoPost(
      .city,
      1,
      .portrait,
      by: 2,
      "Окна",
      "Считал освещённые окна. Сбился на сто восьмом.",
      hoursAgo: 118,
      views: 149
    ),
    DemoPost(
      .wheat,
      7,
      by: 0,
      "После грозы",
      "Розовое держалось минут пять.",
      hoursAgo: 131,
      views: 113
    ),
    DemoPost(
      .bokeh,
      0,
      .square,
      by: 7,
      "What the lawn looks like to a beetle",
      hoursAgo: 140,
      views: 232
    ),
    DemoPost(
      .paperForest,
      5,
      by: 4,
      "Бумажный лес № 2",
      "Тот же лес, только в тумане.",
      hoursAgo: 155,
      views: 190
    ),
  ]
}
