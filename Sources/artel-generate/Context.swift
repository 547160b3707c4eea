import Foundation

/// A folder with `Migrations`, from which `Rows` and `schema.sql` are generated.
struct Context {
  let folder: URL

  /// The name of the target that the folder belongs to.
  var name: String { folder.lastPathComponent }

  /// The name of its database.
  var databaseName: String { name.lowercased() }

  /// Apps share ids through contracts and stand on the platform's tables; the schemas of tests do neither.
  var isApp: Bool { folder.pathComponents.contains("Apps") }

  var migrations: URL { folder.appending(path: "Migrations") }

  /// Every folder below `root` that has migrations.
  static func all(below root: URL) -> [Context] {
    let found = FileManager.default.enumerator(atPath: root.path)
    return (found?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix("/Migrations") }.sorted()
      .map { Context(folder: root.appending(path: String($0.dropLast("/Migrations".count)))) }
  }

  /// Compares what should be there, by path inside the folder, with what is.
  ///
  /// Everything in `Rows` is generated, so what nobody asked for there has drifted too.
  func drift(from files: [String: String]) throws -> [Drift] {
    var drifts: [Drift] = []
    for (path, text) in files {
      let present = try? String(contentsOf: folder.appending(path: path), encoding: .utf8)
      if present != text { drifts.append(Drift(path: path, text: text)) }
    }
    let rows = folder.appending(path: "Rows")
    let present = (try? FileManager.default.contentsOfDirectory(atPath: rows.path)) ?? []
    for name in present where files["Rows/\(name)"] == nil {
      drifts.append(Drift(path: "Rows/\(name)", text: nil))
    }
    return drifts.sorted { $0.path < $1.path }
  }

  /// Makes the folder as it should be.
  func apply(_ drifts: [Drift]) throws {
    for drift in drifts {
      let file = folder.appending(path: drift.path)
      guard let text = drift.text else {
        try FileManager.default.removeItem(at: file)
        continue
      }
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
  }
}

/// A generated file that is not as it should be.
struct Drift {
  /// The path inside the context's folder.
  let path: String
  /// What it should contain; nil when it should not exist.
  let text: String?
}
