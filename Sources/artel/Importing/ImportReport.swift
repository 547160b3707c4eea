import ArtelImports
import Foundation
import Synchronization

/// What became of everything that was to be brought: counted for the terminal, each remark in a file.
///
/// The file has tabs between `kind`, `id`, `outcome`, `reason` and `detail`, one remark in a line.
final class ImportReport: Sendable {
  /// Where the remarks are.
  let path: String
  private let file: FileHandle
  private let kinds = Mutex<[(kind: ImportKind, counts: Counts)]>([])

  private struct Counts {
    var read = 0
    var taken = 0
    var known = 0
    var remarks: [Reason: Remarks] = [:]

    func number(_ outcome: ImportRemark.Outcome) -> Int {
      remarks.filter { $0.key.outcome == outcome }.reduce(0) { $0 + $1.value.count }
    }
  }

  private struct Reason: Hashable {
    let outcome: ImportRemark.Outcome
    let reason: String
  }

  private struct Remarks {
    var count = 0
    var examples: [ImportRemark] = []
  }

  /// Begins a report in a new file.
  init(at path: String) throws {
    self.path = path
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try Data("kind\tid\toutcome\treason\tdetail\n".utf8).write(
      to: url,
      options: .withoutOverwriting
    )
    file = try FileHandle(forWritingTo: url)
    try file.seekToEnd()
  }

  deinit {
    try? file.close()
  }

  /// A new file in `imports/` of the data directory, named by the time.
  static func path(in dataDirectory: String) -> String {
    let time = Date().ISO8601Format().replacing(":", with: "")
    return "\(dataDirectory)/imports/imagehost-\(time)-\(getpid()).tsv"
  }

  /// Adds what became of some things of a kind.
  func add(_ kind: ImportKind, read: Int, _ tally: ImportTally) throws {
    let lines = tally.remarks.map {
      "\($0.kind.name)\t\($0.source)\t\($0.outcome.rawValue)\t\($0.reason)\t\($0.detail)\n"
    }
    if !lines.isEmpty { try file.write(contentsOf: Data(lines.joined().utf8)) }
    kinds.withLock { kinds in
      let index = kinds.firstIndex { $0.kind == kind } ?? kinds.count
      if index == kinds.count { kinds.append((kind, Counts())) }
      kinds[index].counts.read += read
      kinds[index].counts.taken += tally.taken
      kinds[index].counts.known += tally.known
      for remark in tally.remarks {
        let reason = Reason(outcome: remark.outcome, reason: remark.reason)
        kinds[index].counts.remarks[reason, default: Remarks()].count += 1
        if kinds[index].counts.remarks[reason, default: Remarks()].examples.count < 3 {
          kinds[index].counts.remarks[reason, default: Remarks()].examples.append(remark)
        }
      }
    }
  }

  /// How many of a kind were taken.
  func taken(_ kind: ImportKind) -> Int {
    kinds.withLock { kinds in kinds.first { $0.kind == kind }?.counts.taken ?? 0 }
  }

  /// Whether nothing was refused.
  var isComplete: Bool {
    kinds.withLock { kinds in kinds.allSatisfy { $0.counts.number(.refused) == 0 } }
  }

  /// Writes the counts to standard output: each kind in a line, then each reason with up to three examples.
  func print() {
    for line in lines { Swift.print(line) }
  }

  private var lines: [String] {
    kinds.withLock { kinds in
      var lines: [String] = []
      for (kind, counts) in kinds {
        lines.append(
          "\(kind.name): \(counts.read) read, \(counts.taken) taken, \(counts.known) here before, "
            + "\(counts.number(.refused)) refused, \(counts.number(.changed)) changed"
        )
        let sorted = counts.remarks.sorted {
          ($0.key.outcome.rawValue, $0.key.reason) > ($1.key.outcome.rawValue, $1.key.reason)
        }
        for (reason, remarks) in sorted {
          lines.append("  \(reason.outcome.rawValue), \(reason.reason): \(remarks.count)")
          for example in remarks.examples {
            lines.append("    \(example.source) \(example.detail)")
          }
        }
      }
      return lines + ["All remarks are in \(path)"]
    }
  }
}
