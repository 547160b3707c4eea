import ArtelWeb
import Hummingbird

/// `/settings/preferences`, and `/preferences`: the buttons for theme and language on every page.
struct PreferencePages: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct Model: Sendable {
    let notices: [NoticeChoices]
  }

  func addRoutes(to routes: Routes) {
    routes.post("/preferences", use: choose)
    routes.get("/settings/preferences", use: show)
    routes.post("/settings/preferences", use: update)
  }

  /// `POST /preferences`: sets what was sent and goes back to where the form stood.
  ///
  /// Cookies remember it for guests; for members too, so that the browser stays as it is when they
  /// sign out, or when the database cannot be asked.
  @Sendable func choose(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try await request.form(PreferenceForm.self)
    if let member = context.principal?.memberID, form.theme != nil || form.language != nil {
      try accounts.limits.allowPreference(by: member)
      try await accounts.choose(theme: form.theme, language: form.language, for: member)
    }
    remember(form.theme, form.language, context)
    return .seeOther(LocalPath(form.returnTo).text)
  }

  /// `GET /settings/preferences`: the form.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member().memberID
    let stored = try await accounts.preferences(of: member)
    let draft = FormDraft(
      PreferencesPageForm.self,
      values: [
        "theme": context.theme.rawValue,
        "language": context.language.rawValue,
      ]
    )
    return try await form(draft, silenced: stored.silencedNotices, context)
  }

  /// `POST /settings/preferences`: 303 back; 422 and 429 show the form again.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member().memberID
    let stored = try await accounts.preferences(of: member)
    switch try await request.submission(of: PreferencesPageForm.self) {
    case .refused(let draft):
      return try await form(draft, silenced: stored.silencedNotices, context)
    case .accepted(let choice, let draft):
      let silenced = silenced(besides: choice.notices, stored.silencedNotices, context)
      do {
        try accounts.limits.allowPreference(by: member)
        try await accounts.choose(
          Preferences(theme: choice.theme, language: choice.language, silencedNotices: silenced),
          for: member
        )
      } catch {
        let refusal = try Problem(refusing: error)
        let refused = draft.refused(becauseOf: refusal)
        return try await form(refused, silenced: silenced, context).refused(becauseOf: refusal)
      }
      remember(choice.theme, choice.language, context)
      context.flash("settings_saved")
      return .seeOther("/settings/preferences")
    }
  }

  /// What the member does not want to be told of: what was left out on the page, and what this version
  /// does not know.
  private func silenced(
    besides chosen: [String],
    _ stored: Set<String>,
    _ context: WebContext
  ) -> Set<String> {
    let choices = accounts.noticeChoices([], pages, in: context.language).flatMap(\.choices)
    let known = Set(choices.map(\.name))
    return stored.subtracting(known).union(known.subtracting(chosen))
  }

  private func remember(_ theme: Theme?, _ language: Language?, _ context: WebContext) {
    let lifetime = Duration.seconds(365 * 86_400)
    if let theme {
      context.setCookie(ResponseCookie(.theme, value: theme.rawValue, lifetime: lifetime))
    }
    if let language {
      context.setCookie(ResponseCookie(.language, value: language.rawValue, lifetime: lifetime))
    }
  }

  private func form(
    _ draft: FormDraft,
    silenced: Set<String>,
    _ context: WebContext
  ) async throws -> Response {
    try await pages.render(
      "accounts/settings_preferences",
      Model(notices: accounts.noticeChoices(silenced, pages, in: context.language)),
      section: "settings_preferences",
      form: draft,
      context: context
    )
  }
}

/// What the buttons of a page send: one of the two, and where the form stood.
private struct PreferenceForm: Form {
  let theme: Theme?
  let language: Language?
  let returnTo: String?

  init(_ fields: inout FormReader) {
    theme = fields.optionalChoice("theme")
    language = fields.optionalChoice("lang")
    returnTo = fields.optionalString("return_to", .length(0...2000))
  }
}

/// The fields of the page of preferences.
private struct PreferencesPageForm: Form {
  let theme: Theme
  let language: Language
  /// The kinds of notices that are on.
  let notices: [String]

  init(_ fields: inout FormReader) {
    theme = fields.choice("theme")
    language = fields.choice("language")
    notices = fields.strings("notices", .length(3...141), .pattern(.noticeKind), count: 0...100)
  }
}
