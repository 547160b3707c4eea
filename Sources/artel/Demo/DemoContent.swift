/// A member of the demo gallery.
struct DemoMember: Sendable {
  /// The name to sign in with.
  let username: String
  /// The name shown beside the pictures.
  let displayName: String
  /// An address that never receives mail.
  let email: String
}

/// A post of the demo gallery: which picture to paint, and what its author says about it.
struct DemoPost: Sendable {
  /// The format of a painted picture.
  enum Format: Sendable {
    case landscape
    case portrait
    case square

    /// The width, in pixels.
    var widthPixels: Int32 {
      switch self {
      case .landscape: 1600
      case .portrait: 1067
      case .square: 1200
      }
    }

    /// The height, in pixels.
    var heightPixels: Int32 {
      switch self {
      case .landscape: 1067
      case .portrait: 1600
      case .square: 1200
      }
    }
  }

  /// What the picture shows; the raw value is the kind that the picture painter knows.
  enum Kind: Int32, Sendable {
    case mountains
    case sunset
    case night
    case paperForest
    case birches
    case wheat
    case aurora
    case city
    case embroidery
    case watercolor
    case lighthouse
    case bokeh
  }

  /// What the picture shows.
  let kind: Kind
  /// Picks the palette and the composition.
  let seed: UInt64
  /// The format of the picture.
  let format: Format
  /// The author's place in `DemoContent.members`.
  let author: Int
  /// The title, 1 to 120 characters.
  let title: String
  /// The author's words; often none.
  let description: String
  /// How long before now it was posted, in hours.
  let hoursAgo: Int
  /// Whether everybody sees it, or the author alone.
  let isPublic: Bool
  /// How often it has been opened.
  let views: Int
  /// The seeds of the pictures behind the first.
  let moreSeeds: [UInt64]
  /// What is to be seen on each picture, in their order.
  let alts: [String]

  init(
    _ kind: Kind,
    _ seed: UInt64,
    _ format: Format = .landscape,
    by author: Int,
    _ title: String,
    _ description: String = "",
    hoursAgo: Int,
    isPublic: Bool = true,
    views: Int,
    moreSeeds: [UInt64] = [],
    alts: [String] = []
  ) {
    self.kind = kind
    self.seed = seed
    self.format = format
    self.author = author
    self.title = title
    self.description = description
    self.hoursAgo = hoursAgo
    self.isPublic = isPublic
    self.views = views
    self.moreSeeds = moreSeeds
    self.alts = alts
  }
}

extension DemoPost {
  /// What it is found by.
  var tags: [String] {
    switch kind {
    case .mountains: ["горы", "рассвет"]
    case .sunset: ["закат", "вода"]
    case .night: ["ночь", "звёзды", "тишина"]
    case .paperForest: ["бумага", "лес"]
    case .birches: ["лес", "снег"]
    case .wheat: ["summer", "field"]
    case .aurora: ["north", "ночь", "aurora"]
    case .city: ["город", "вечер"]
    case .embroidery: ["рукоделие"]
    case .watercolor: ["акварель", "бумага"]
    case .lighthouse: ["sea", "lighthouse"]
    case .bokeh: ["macro"]
    }
  }
}

/// The members and the posts of the demo gallery.
enum DemoContent {
  /// Everybody who posts.
  static let members = [
    DemoMember(username: "vera", displayName: "Вера Соколова", email: "vera@example.org"),
    DemoMember(username: "m.hartley", displayName: "Miles Hartley", email: "miles@example.org"),
    DemoMember(username: "timofey_z", displayName: "Тимофей Зорин", email: "zorin@example.org"),
    DemoMember(username: "ingrid", displayName: "Ingrid Solheim", email: "ingrid@example.org"),
    DemoMember(username: "ulyana-k", displayName: "Ульяна Краснова", email: "kras@example.org"),
    DemoMember(username: "kenji.mori", displayName: "Kenji Mori", email: "kenji@example.org"),
    DemoMember(username: "gleb1987", displayName: "Глеб Астахов", email: "gleb@example.org"),
    DemoMember(username: "clara", displayName: "Clara Whitcombe", email: "clara@example.org"),
  ]

  /// What the members show of themselves, in their order; nil for those who show nothing.
  static let avatars: [(kind: DemoPost.Kind, seed: UInt64)?] = [
    (.sunset, 41), nil, (.lighthouse, 7), (.aurora, 12), (.birches, 5), nil, (.bokeh, 23),
    (.watercolor, 9),
  ]

  /// Every post, newest first.
  static let posts = latestPosts + olderPosts
}
