import ArtelCluster
import ArtelConcurrency
public import Foundation

/// Zip archives as another program reads them: Python's `zipfile`, which checks every sum.
public enum ZipReader {
  /// A file in an archive.
  public struct Entry: Decodable, Sendable {
    /// Its path, with `/`.
    public let name: String
    /// What it holds.
    public let content: Data
    /// How many bytes that takes in the archive.
    public let storedBytes: Int
  }

  /// The archive is not whole.
  public struct Refused: Error {}

  private static let pool = BlockingPool(name: "zip-reader", threads: 2)

  private static let script = """
    import base64, json, sys, zipfile
    archive = zipfile.ZipFile(sys.argv[1])
    json.dump([{"name": one.filename, "storedBytes": one.compress_size,
      "content": base64.b64encode(archive.read(one)).decode()} for one in archive.infolist()],
      open(sys.argv[2], "w"))
    """

  /// The entries of an archive in their order.
  ///
  /// - Throws: ``Refused`` when it is not whole.
  public static func entries(ofFileAt path: String) async throws -> [Entry] {
    let list = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: list) }
    // Not Foundation's Process: its pipes stay open in whatever else is started meanwhile.
    let arguments = ["-c", script, path, list.path()]
    let outcome = try await pool.run { try Tool.run("/usr/bin/python3", arguments, as: nil) }
    guard outcome.exitCode == 0 else { throw Refused() }
    return try JSONDecoder().decode([Entry].self, from: Data(contentsOf: list))
  }
}
