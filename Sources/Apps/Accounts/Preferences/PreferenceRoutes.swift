import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/preferences`: what a member has chosen, as JSON.
struct PreferenceRoutes: Sendable {
  let accounts: Accounts

  static let show = Operation(
    .get,
    "/api/preferences",
    id: "getPreferences",
    "Shows what the caller has chosen; null is what they have not."
  )
  .tagged("Preferences")
  .needs(.member(.accountRead))
  .answers(.json(Preferences.self))

  static let replace = Operation(
    .put,
    "/api/preferences",
    id: "replacePreferences",
    "Stores all that the caller has chosen, and tells their open pages."
  )
  .tagged("Preferences")
  .explained("What is absent or null is not chosen any more.")
  .needs(.member(.accountWrite))
  .takes(PreferencesForm.self)
  .answers(.json(Preferences.self))
  .refuses(.notFound, .tooManyRequests)

  static let operations = [show.description, replace.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.show, use: show)
    routes.add(Self.replace, use: replace)
  }

  /// `GET /api/preferences`: 200; 401 for guests.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    .json(try await accounts.preferences(of: try context.member().memberID))
  }

  /// `PUT /api/preferences`: 200; 401 for guests; 422; 429.
  @Sendable func replace(
    _ request: Request,
    _ context: WebContext,
    _ form: PreferencesForm
  ) async throws -> Response {
    let principal = try context.member()
    try accounts.limits.allowPreference(by: principal.memberID)

    let stored = try await accounts.choose(form.choice, for: principal.memberID)

    return .json(stored)
  }
}
