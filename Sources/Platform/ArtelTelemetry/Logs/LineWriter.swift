public import FoundationEssentials
import Glibc
import Synchronization

/// Writes text to a descriptor as far as that takes it at once.
///
/// What is not taken is dropped: neither a full disk nor a reader that stands still may stop the server.
/// Before the next text that is taken stands a line `{"dropped": n}`. Safe from any thread.
public final class LineWriter: Sendable {
  /// Standard error.
  public static let standardError = LineWriter(descriptor: 2)

  /// More may block although the descriptor is ready.
  ///
  /// Source: POSIX, `PIPE_BUF`.
  private static let atOnce = 4096

  private let descriptor: CInt
  private let dropped = Mutex(0)

  /// Makes a writer; `descriptor` is not closed.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Writes a text, usually a line with its end.
  public func write(_ text: String) {
    write(Data(text.utf8))
  }

  /// Writes bytes.
  public func write(_ bytes: Data) {
    dropped.withLock { dropped in
      if dropped > 0 {
        guard write(whole: Data("{\"dropped\":\(dropped)}\n".utf8)) else {
          dropped += 1
          return
        }
        dropped = 0
      }
      if !write(whole: bytes) { dropped += 1 }
    }
  }

  private func write(whole bytes: Data) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&watched, 1, 0) == 1, watched.revents & Int16(POLLOUT) != 0 else { return false }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
        let count = Glibc.write(descriptor, rest.baseAddress, min(rest.count, Self.atOnce))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
      }
      return true
    }
  }
}
