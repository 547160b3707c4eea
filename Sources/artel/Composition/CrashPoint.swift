import ArgumentParser
import ArtelEvents
import ArtelStorage
import Foundation
import Gallery
import Synchronization

/// Places at which a test lets the program die as by `kill -9`; a release build has none.
///
/// A debug build looks, whenever it comes to such a place, whether the file `ARTEL_CRASH_FILE` names
/// it: `blob.renamed 3` ends the process when it comes there for the third time.
enum CrashPoint {
  static func reached(_ step: BlobStore.Step) {
    #if DEBUG
      reached("blob.\(step.rawValue)")
    #endif
  }

  static func reached(_ step: Gallery.Step) {
    #if DEBUG
      reached("gallery.\(step.rawValue)")
    #endif
  }

  static func reached(_ step: EventRelay.Step) {
    #if DEBUG
      reached("events.\(step.rawValue)")
    #endif
  }

  static func reached(_ step: ImportImagehost.Step) {
    #if DEBUG
      reached("import.\(step.rawValue)")
    #endif
  }

  #if DEBUG
    /// Every name that the file can hold.
    static var names: [String] {
      BlobStore.Step.allCases.map { "blob.\($0.rawValue)" }
        + Gallery.Step.allCases.map { "gallery.\($0.rawValue)" }
        + EventRelay.Step.allCases.map { "events.\($0.rawValue)" }
        + ImportImagehost.Step.allCases.map { "import.\($0.rawValue)" }
    }

    private static let file = ProcessInfo.processInfo.environment["ARTEL_CRASH_FILE"]
    private static let visits = Mutex<[String: Int]>([:])

    private static func reached(_ name: String) {
      // A read that blocks is fine here: it is one small file, and no release does it.
      guard let file, let text = try? String(contentsOfFile: file, encoding: .utf8) else { return }
      let words = text.split(whereSeparator: \.isWhitespace)
      guard words.count == 2, words[0] == name, let visit = Int(words[1]) else { return }
      let count = visits.withLock { visits in
        visits[name, default: 0] += 1
        return visits[name, default: 0]
      }
      if count == visit { kill(getpid(), SIGKILL) }
    }
  #endif
}

#if DEBUG
  /// Prints the names of all crash points, for the tests that go through them.
  struct CrashPointsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "crash-points",
      abstract: "List the places at which a test can end this debug build.",
      shouldDisplay: false
    )

    func run() {
      for name in CrashPoint.names { print(name) }
    }
  }
#endif
