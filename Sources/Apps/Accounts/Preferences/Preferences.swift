import AccountsContract
import ArtelWeb

/// What a member, or a guest in one browser, has chosen.
struct Preferences: Sendable, Equatable {
  /// The kind of update that tells open pages of a change; `docs/api/realtime.md` describes it.
  static let news = "preferences.changed"

  /// Nil while nothing was chosen: as the device has it.
  var theme: Theme?
  /// Nil while nothing was chosen: as the browser asks for it.
  var language: Language?
  /// What the member does not want to be told of, such as `gallery.storage.nearly_full`.
  var silencedNotices: Set<String> = []
}

extension Preferences {
  /// What a member has stored.
  init(_ row: Preference) {
    theme = row.theme.flatMap(Theme.init(rawValue:))
    language = row.language.flatMap(Language.init(rawValue:))
    silencedNotices = Set(row.silencedNotices)
  }

  /// What was chosen in this browser; what its cookies say has that form only.
  init(_ cookies: RequestCookies) {
    theme = cookies[.theme].flatMap(Theme.init(rawValue:))
    language = cookies[.language].flatMap(Language.init(rawValue:))
  }
}

extension Preferences: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("theme", theme?.rawValue)
      json.field("language", language?.rawValue)
      json.field("silenced_notices", silencedNotices.sorted())
    }
  }
}

extension Preferences: JSONResource {
  static let schemaName = "Preferences"

  static let examples = [
    Preferences(
      theme: .dark,
      language: .russian,
      silencedNotices: ["gallery.storage.nearly_full"]
    ),
    Preferences(),
  ]
}

/// All that a member chooses, as the API takes it: what is absent or null is not chosen any more.
struct PreferencesForm: Form {
  let choice: Preferences

  init(_ fields: inout FormReader) {
    choice = Preferences(
      theme: fields.optionalChoice("theme"),
      language: fields.optionalChoice("language"),
      silencedNotices: Set(
        fields.strings("silenced_notices", .length(3...141), .pattern(.noticeKind), count: 0...100)
      )
    )
  }
}

extension FieldPattern {
  /// An app and what it tells of.
  ///
  /// Kinds that this version does not know are taken as well: a newer one may have stored them.
  static let noticeKind = FieldPattern(
    "notice_kind",
    expression: #"^[a-z]+\.[a-z]+([._][a-z]+)*$"#
  ) { text in
    text.wholeMatch(of: /[a-z]+\.[a-z]+([._][a-z]+)*/) != nil
  }
}

/// A kind of notice as people choose it.
struct NoticeChoice: Sendable {
  /// App and kind, such as `gallery.storage.nearly_full`.
  let name: String
  let text: String
  let icon: String
  let isOn: Bool
}

/// What one app tells of.
struct NoticeChoices: Sendable {
  /// The app, as members call it.
  let title: String
  let choices: [NoticeChoice]
}

extension Accounts {
  /// Everything that members can be told of, app by app, with what the member has chosen.
  func noticeChoices(
    _ silenced: Set<String>,
    _ pages: Pages,
    in language: Language
  ) -> [NoticeChoices] {
    let sources: [any NoticeSource.Type] = [Accounts.self] + noticeSources
    return sources.map { source in
      let choices = source.noticeKinds.map { kind in
        let name = "\(source.context).\(kind.name)"
        return NoticeChoice(
          name: name,
          text: pages.text("notice_kinds.\(name)", in: language),
          icon: kind.icon,
          isOn: !silenced.contains(name)
        )
      }
      let title = pages.text("notice_sources.\(source.context)", in: language)
      return NoticeChoices(title: title, choices: choices)
    }
  }
}
