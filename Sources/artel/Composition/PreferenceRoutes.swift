import ArtelWeb
import Hummingbird

/// `/preferences`: language and theme of this browser, kept in cookies for guests and members alike.
struct PreferenceRoutes: WebApp {
  let site: Site

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

  func addRoutes(to routes: Routes) {
    routes.post("/preferences", use: update)
  }

  /// `POST /preferences`: sets what was sent and goes back to where the form stood.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try await request.form(PreferenceForm.self)
    let lifetime = Duration.seconds(365 * 86_400)
    if let theme = form.theme {
      context.setCookie(ResponseCookie(.theme, value: theme.rawValue, lifetime: lifetime))
    }
    if let language = form.language {
      context.setCookie(ResponseCookie(.language, value: language.rawValue, lifetime: lifetime))
    }
    return .seeOther(LocalPath(form.returnTo).text)
  }
}
