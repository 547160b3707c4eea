public import ArtelIdentifiers

/// Marks the id of one job: ``JobID``.
public enum QueuedJob {}

/// The id of one job.
public typealias JobID = Identifier<QueuedJob>

/// Work that is stored with what asked for it and done afterwards, by any node.
///
/// A job holds ids and plain facts only; what it needs besides is given to its ``JobHandler``. It is
/// stored as JSON, so a later version must be able to read what an earlier one has queued.
///
/// ```swift
/// struct MakeThumbnails: Job {
///   static let kind = "gallery.thumbnails.make"
///   let post: PostID
/// }
/// ```
public protocol Job: Codable, Sendable {
  /// What it is called in the database for ever: `<context>.<noun>.<verb>`, at most 100 characters.
  static var kind: String { get }

  /// How jobs of this kind are run. Default ``JobOptions/init()``.
  static var options: JobOptions { get }
}

extension Job {
  /// The usual options.
  public static var options: JobOptions { JobOptions() }
}

/// Which of several due jobs is taken first.
public enum JobPriority: Int, Sendable, CaseIterable {
  /// Somebody looks at a screen and waits for it.
  case urgent = 0
  /// The usual.
  case normal = 1
  /// Whenever there is nothing else to do.
  case low = 2
}

/// How jobs of a kind are run.
public struct JobOptions: Sendable {
  /// Which jobs go first; default normal.
  public var priority = JobPriority.normal
  /// How often a job is tried before it is dead, at least 1; default 12, which takes some five hours.
  public var attempts = 12
  /// How long to wait before the next attempt; default from 5 s, doubling, to 2 h.
  public var backOff = BackOff()
  /// How many of the kind run at a time on one node; nil, the default, for as many as the node runs.
  public var limitPerNode: Int?
  /// How many of the kind run at a time on all nodes together; nil, the default, for any number.
  ///
  /// What a silent node holds counts until its hold is over. A place that comes free on one node is
  /// seen by the others within a second. Nodes take such kinds one after the other: for work that
  /// takes longer than taking it.
  public var limitOverall: Int?
  /// After how long the attempt is cancelled and counts as failed; nil, the default, for never.
  public var timeLimit: Duration?
  /// How long a finished or cancelled job is kept for operators to see; default a day.
  ///
  /// Zero removes a finished one as it ends.
  public var keeps = Duration.seconds(86_400)
  /// How long a dead job is kept; nil, the default, until an operator retries or cancels it.
  ///
  /// For work that later jobs of the kind make up for.
  public var keepsDead: Duration?

  /// The defaults.
  public init() {}

  /// The defaults with some changes.
  public init(_ change: (inout JobOptions) -> Void) {
    change(&self)
  }
}

/// How long to wait after a failed attempt: doubling from the first pause to the longest one.
public struct BackOff: Sendable {
  /// The pause after the first attempt.
  public var first: Duration
  /// The longest pause.
  public var longest: Duration

  /// Pauses from `first`, default 5 s, to `longest`, default 2 h.
  public init(first: Duration = .seconds(5), longest: Duration = .seconds(7200)) {
    self.first = first
    self.longest = longest
  }

  /// The pause after the attempt with this number, counted from 1.
  ///
  /// `jitter` is from 0 to 1, drawn anew each time so that what failed together does not come back
  /// together; it moves the pause between three quarters and five quarters.
  public func pause(after attempt: Int, jitter: Double = .random(in: 0...1)) -> Duration {
    let doubled = first * (1 << min(max(attempt - 1, 0), 30))
    return min(doubled, longest) * (0.75 + jitter / 2)
  }
}

/// An attempt failed in a way that no further attempt can mend: the job is dead at once.
public struct JobRefusal: Error, CustomStringConvertible {
  /// Why, for operators.
  public let description: String

  /// Gives the job up for this reason.
  public init(_ reason: String) {
    description = reason
  }
}
