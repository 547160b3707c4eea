/// A part of Artel that answers requests.
public protocol WebApp: Sendable {
  /// Adds its routes; called once, before the server starts.
  func addRoutes(to routes: Routes)
}
