import ArtelEvents

/// A letter was written to somebody; the aggregate is who gets it.
struct LetterSent: Event {
  static let name = "post.letter.sent"
  static let version = 1

  let to: String
  let number: Int

  var aggregate: String { to }
}

/// Another kind of event of the same context.
struct StampSold: Event {
  static let name = "post.stamp.sold"
  static let version = 1

  let price: Int

  var aggregate: String { "stamps" }
}
