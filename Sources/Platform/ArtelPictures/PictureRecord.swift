/// What one picture, or one of its sizes, cost a worker.
public struct PictureRecord: Sendable {
  /// How it ended.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The worker did what it was asked.
    case done
    /// The picture was damaged, or the disk full.
    case refused
    /// The worker died.
    case crashed
    /// The worker took longer than its limit and was ended.
    case late
    /// Nobody waited for it any more.
    case stopped
  }

  /// How it ended.
  public let outcome: Outcome

  /// How long the worker had it.
  public let nanoseconds: UInt64
}
