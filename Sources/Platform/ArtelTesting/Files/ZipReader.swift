public import Foundation

/// Zip archives as another program reads them: Python's `zipfile`, which checks every sum.
public enum ZipReader {
  /// A file in an archive.
  public struct Entry: Decodable {
    /// Its path, with `/`.
    public let name: String
    /// What it holds.
    public let content: Data
    /// How many bytes that takes in the archive.
    public let storedBytes: Int
  }

  /// The archive is not whole.
  public struct Refused: Error {}

  /// The entries of an archive in their order.
  ///
  /// - Throws: ``Refused`` when it is not whole.
  public static func entries(ofFileAt path: String) throws -> [Entry] {
    let reader = Process()
    reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    reader.arguments = [
      "python3", "-c",
      """
      import base64, json, sys, zipfile
      archive = zipfile.ZipFile(sys.argv[1])
      print(json.dumps([{"name": one.filename, "storedBytes": one.compress_size,
        "content": base64.b64encode(archive.read(one)).decode()} for one in archive.infolist()]))
      """,
      path,
    ]
    let output = Pipe()
    reader.standardOutput = output
    reader.standardError = FileHandle.nullDevice
    try reader.run()
    let answer = output.fileHandleForReading.readDataToEndOfFile()
    reader.waitUntilExit()
    guard reader.terminationStatus == 0 else { throw Refused() }
    return try JSONDecoder().decode([Entry].self, from: answer)
  }
}
