import ArtelConcurrency
import Foundation
import Logging
import Testing

@testable import ArtelWeb

@Suite("The shared files of the repository")
struct SharedFilesTests {
  private let folder = URL(filePath: #filePath)
    .appending(path: "../../../../share").standardizedFileURL.path()

  private func share() async throws -> Share {
    try await Share(
      folder: folder,
      pool: BlockingPool(name: "test", threads: 1),
      logger: Logger(label: "test")
    )
  }

  @Test func `say the same in both languages`() async throws {
    #expect(try await share().strings.differences == [])
  }

  @Test func `name only texts and assets that exist`() async throws {
    let share = try await share()
    let templates = FileManager.default.enumerator(atPath: folder + "/templates")
    for case let name as String in try #require(templates) where name.hasSuffix(".mustache") {
      let template = try String(contentsOfFile: "\(folder)/templates/\(name)", encoding: .utf8)
      for tag in template.matches(of: /\{\{t\.([^}]+)\}\}/) {
        let key = String(tag.1)
        #expect(share.strings.textIfPresent(key, in: .english) != nil, "\(key) in \(name)")
      }
      for tag in template.matches(of: /\{\{asset\.([^}]+)\}\}/) {
        let asset = String(tag.1)
        #expect(share.assets.address(of: asset) != nil, "\(asset) in \(name)")
      }
      #expect(!template.contains("{{{"), "\(name) writes unescaped text")
    }
  }

  @Test func `have every text the server itself writes`() async throws {
    let strings = try await share().strings
    let problems: [Problem.Kind] = [
      .validation, .badRequest, .unauthenticated, .forbidden, .crossSite, .notFound,
      .methodNotAllowed, .notAcceptable, .conflict, .tooLarge, .unsupportedMediaType,
      .rangeNotSatisfiable, .tooManyRequests, .internalError, .unavailable, .timeout,
    ]
    let keys =
      problems.flatMap { ["problem.\($0.key).title", "problem.\($0.key).detail"] }
      + [
        "required", "type", "too_short", "too_long", "pattern", "range", "minimum", "maximum",
        "choice", "taken", "mismatch", "pattern_email",
      ].map { "field.\($0)" } + ["b", "kb", "mb", "gb"].map { "bytes.\($0)" }

    for key in keys {
      #expect(strings.textIfPresent(key, in: .english) != nil, "\(key)")
    }
  }
}
