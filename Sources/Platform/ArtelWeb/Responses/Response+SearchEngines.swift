public import Hummingbird

extension Response {
  /// The same answer, which no search engine takes into its index: for what only those should find who
  /// were told its address.
  ///
  /// Source: `X-Robots-Tag`, which all large engines know; a page cannot say it for its pictures.
  public func keptFromSearchEngines() -> Response {
    var response = self
    response.headers[.robots] = "noindex"
    return response
  }
}
