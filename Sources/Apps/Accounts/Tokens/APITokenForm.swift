import ArtelWeb

/// What a token is to be called, to be used for, and for how long.
struct APITokenForm: Form {
  let name: String
  /// Each such as `gallery:read`.
  let scopes: [String]
  let lifetimeDays: Int

  init(_ fields: inout FormReader) {
    name = fields.string("name", .trimmed, .length(1...100))
    scopes = fields.strings("scopes", .length(1...100), count: 1...50)
    lifetimeDays = fields.integer("lifetime_days", in: APIToken.lifetimeDays, default: 90)
  }
}
