import Accounts
import ArgumentParser
import ArtelWeb
import Foundation
import Gallery
import Search

/// Prints the description of the API: `artel openapi`.
struct OpenAPICommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "openapi",
    abstract: "Print the OpenAPI 3.1 document that is served at /api/openapi.json.",
    discussion: "Needs no data. ARTEL_URL is the address of the server in the document."
  )

  func run() throws {
    let settings = try Settings(
      environment: ProcessInfo.processInfo.environment,
      isRoot: geteuid() == 0,
      executable: DataOptions.executable
    )
    let document = OpenAPIDocument(
      APIDescription(publicURL: settings.publicURL),
      operations: Accounts.operations + Gallery.operations + Search.operations
    )
    FileHandle.standardOutput.write(Data(document.json + [UInt8(ascii: "\n")]))
  }
}

extension APIDescription {
  /// What the document says of Artel's API.
  init(publicURL: String?) {
    self.init(
      title: "Artel",
      text: """
        A home for a community over JSON. Errors are problems (RFC 9457), times are RFC 3339 in UTC, \
        lists are paged by `after` and `limit`. `X-Request-ID` of an answer names it in the log.
        """,
      version: "1",
      publicURL: publicURL
    )
  }
}
