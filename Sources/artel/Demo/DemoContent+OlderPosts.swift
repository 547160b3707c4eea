extension DemoContent {
  /// The posts of the four weeks before.
  static let olderPosts = [
    DemoPost(
      .night,
      6,
      by: 3,
      "First camp of the year",
      "We planned to sleep early. Nobody did.",
      hoursAgo: 170,
      views: 276
    ),
    DemoPost(
      .embroidery,
      2,
      by: 4,
      "Узор по чёрному льну",
      "Проба для пояса: «кони» не вышли, ромбы — да.",
      hoursAgo: 188,
      views: 95
    ),
    DemoPost(
      .lighthouse,
      4,
      .portrait,
      by: 2,
      "Маяк в тумане",
      """
      До маяка мы добирались на попутном катере: рейсовый отменили из-за тумана, и смотритель, \
      который ехал к себе с мешком почты, согласился взять двоих. Он молчал всю дорогу, а у самого \
      острова вдруг сказал: «Вы только на лампу не смотрите — потом полчаса ничего не видно».

      Лампу я, конечно, снял первой. Он был прав: следующие полчаса пропали. Зато когда глаза \
      привыкли, туман чуть разошёлся и показались полосы на башне, чайки и берег. Этот кадр — \
      единственный за весь день, на котором видно всё сразу.

      Снято со штатива, выдержка четыре секунды. Кадрировал только снизу.
      """,
      hoursAgo: 203,
      views: 458
    ),
    DemoPost(.mountains, 4, by: 6, "Синие горы", hoursAgo: 220, views: 172),
    DemoPost(
      .watercolor,
      5,
      .square,
      by: 7,
      "Study in rose and sage",
      hoursAgo: 236,
      isPublic: false,
      views: 3
    ),
    DemoPost(
      .aurora,
      3,
      .portrait,
      by: 3,
      "Cathedral",
      "Sometimes it hums. I know it doesn't, but it does.",
      hoursAgo: 255,
      views: 391
    ),
    DemoPost(
      .sunset,
      3,
      by: 0,
      "Перламутр",
      "Белое море, середина июня: солнце садится, но не насовсем.",
      hoursAgo: 274,
      views: 207
    ),
    DemoPost(
      .birches,
      5,
      by: 5,
      "Birches, Hokkaido",
      "Two hours of waiting for the snow to stop, one minute of this.",
      hoursAgo: 298,
      views: 164
    ),
    DemoPost(
      .city,
      3,
      by: 2,
      "Зимние сумерки",
      hoursAgo: 320,
      views: 121
    ),
    DemoPost(
      .wheat,
      1,
      .portrait,
      by: 1,
      "Golden hour, literally",
      hoursAgo: 345,
      views: 140
    ),
    DemoPost(
      .embroidery,
      4,
      .square,
      by: 4,
      "Праздничная скатерть",
      "Белым и жёлтым по красному. Заготовка к «Ярмарке ремёсел» — пока никому не показываю.",
      hoursAgo: 370,
      isPublic: false,
      views: 7
    ),
    DemoPost(
      .night,
      5,
      by: 5,
      "Purple static",
      "Twelve frames, stacked. The glow on the horizon is a town I could not find on the map.",
      hoursAgo: 402,
      views: 258
    ),
    DemoPost(.bokeh, 6, .portrait, by: 7, "Cold dew", hoursAgo: 431, views: 99),
    DemoPost(
      .paperForest,
      2,
      .portrait,
      by: 4,
      "Бумажный лес № 3: полнолуние",
      "Самый трудный — пришлось вырезать луну трижды.",
      hoursAgo: 470,
      views: 283,
      moreSeeds: [12],
      alts: [
        "Вырезанный из картона лес под круглой луной.",
        "Тот же лес сбоку: видны слои картона.",
      ]
    ),
    DemoPost(
      .lighthouse,
      7,
      by: 1,
      "Blue stripes",
      "Most of them are red around here. Not this one.",
      hoursAgo: 512,
      views: 118
    ),
    DemoPost(
      .mountains,
      8,
      by: 6,
      "Тёплый ветер с хребта",
      "",
      hoursAgo: 560,
      views: 86
    ),
    DemoPost(
      .watercolor,
      2,
      by: 0,
      "Лето, черновик",
      "Просто проверяла новую бумагу.",
      hoursAgo: 610,
      isPublic: false,
      views: 2
    ),
    DemoPost(
      .sunset,
      8,
      .portrait,
      by: 3,
      "Homeward",
      "Shot from the pier with a borrowed lens.",
      hoursAgo: 668,
      views: 195
    ),
    DemoPost(
      .aurora,
      4,
      .square,
      by: 2,
      "Сполохи",
      "Так их называют поморы. Слово точнее, чем «северное сияние»: они и правда полыхают.",
      hoursAgo: 730,
      views: 326
    ),
    DemoPost(
      .city,
      2,
      by: 6,
      "Красный вечер",
      "Обещали дождь 🌇",
      hoursAgo: 815,
      views: 174
    ),
  ]
}
