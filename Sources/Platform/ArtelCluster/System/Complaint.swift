/// The line in which PostgreSQL or the kernel says what is wrong, and what an operator does about it.
struct Complaint: Equatable {
  /// From the level on, such as `FATAL:  could not …`, without the log's prefix and a full stop.
  let text: String

  init(_ text: String) {
    self.text = text
  }

  /// The last complaint in what a program wrote, or nil.
  ///
  /// Before it can log, the postmaster says it in plain lines; then the last one counts.
  static func last(in output: String) -> Complaint? {
    let levels = ["FATAL:", "PANIC:", "error:"]
    let lines = output.split(separator: "\n").reversed()
    for line in lines {
      if let level = levels.lazy.compactMap({ line.firstRange(of: $0) }).first {
        return Complaint(String(line[level.lowerBound...]))
      }
    }
    return lines.first { !$0.contains("LOG:  ") && !$0.contains("HINT:  ") }
      .map { Complaint(String($0)) }
  }

  /// What to do, in a sentence; nil when the complaint has to speak for itself.
  ///
  /// - `path`: Where it happened.
  /// - `owner`: The account that must own everything there, if that is known.
  func advice(about path: String, owner: String?) -> String? {
    if text.contains("No space left on device") || text.contains("Disk quota exceeded") {
      return "The disk is full: free some space for \(path); nothing that was stored is lost."
    }
    if text.contains("Read-only file system") {
      return
        "That disk is mounted read-only: mount it writable (`mount -o remount,rw`), or choose another "
        + "directory with --data."
    }
    if let owner, text.contains("Permission denied") {
      return
        "Files there belong to somebody else: hand them over with `chown -R \(owner): \(path)`."
    }
    return nil
  }
}
