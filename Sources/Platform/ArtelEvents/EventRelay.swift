public import ArtelConcurrency
import ArtelPostgres
public import ArtelTelemetry
public import Logging

/// Brings the events of all contexts to their consumers, on every node.
///
/// It is woken in memory by what this process publishes, by NOTIFY from other nodes, and looks by
/// itself each second. Consumers pull: nobody keeps count of who has received what but they themselves.
public struct EventRelay: Sendable {
  /// How events are delivered.
  public struct Options: Sendable {
    /// How many entries of a log are read, and delivered in one transaction, at a time.
    ///
    /// Default 100; more make each transaction longer and the whole not faster.
    public var batch = 100

    /// How often and how late events that failed are tried again.
    public var retries = EventRetries()

    /// After how long a handler is cancelled; its event is then put aside like others that fail.
    ///
    /// Default 30 s. Less than 60 s, after which PostgreSQL ends a transaction that does nothing. A
    /// handler that takes no notice of being cancelled holds its consumer up all the same.
    public var handlerTimeLimit = Duration.seconds(30)

    /// How long at most until it looks by itself.
    ///
    /// Default 1 s.
    public var poll = Duration.seconds(1)

    /// How long entries stay in the log from their publication on, to be replayed; what a known consumer
    /// has not read by then stays until it has.
    ///
    /// Default 7 days.
    public var retention = Duration.seconds(7 * 86_400)

    /// The defaults.
    public init() {}
  }

  /// The moments in delivering a batch between which a crash can fall.
  ///
  /// Tests end the process at every one of them.
  public enum Step: String, CaseIterable, Sendable {
    /// Entries were read, the consumer's transaction has not begun.
    case entriesRead
    /// The subscription is this node's, nothing is stored.
    case batchBegun
    /// One event took effect or was put aside, not committed; once for each event.
    case eventHandled
    /// All of the batch took effect, not committed.
    case batchComplete
    /// The batch is committed.
    case batchCommitted
  }

  let logs: [EventLog]
  let deliveries: [EventDelivery]
  let options: Options
  let clock: WallClock
  private let logger: Logger

  /// Connects consumers with the logs of the contexts whose events they handle.
  ///
  /// - `logs`: Those that this process can read; a consumer of others is not served here.
  /// - `telemetry`: Counts events; the handling of each is a span of the trace that published it.
  /// - `reached`: Called at every ``Step``.
  public init(
    logs: [EventLog],
    consumers: [EventConsumer],
    options: Options = Options(),
    clock: WallClock = .system,
    logger: Logger,
    telemetry: Telemetry = Telemetry(),
    reached: @escaping @Sendable (Step) -> Void = { _ in }
  ) {
    precondition(
      Set(consumers.map(\.name)).count == consumers.count,
      "two consumers have the same name"
    )
    self.logs = logs
    self.options = options
    self.clock = clock
    self.logger = logger
    deliveries = consumers.flatMap { consumer in
      logs.filter { consumer.sources.contains($0.context) }.map { log in
        EventDelivery(
          log: log,
          consumer: consumer,
          options: options,
          clock: clock,
          logger: logger,
          tracer: telemetry.tracer,
          meter: EventMeter(consumer.name, in: telemetry.metrics),
          reached: reached
        )
      }
    }
  }

  /// Delivers until the task is cancelled; a batch that is not committed then is delivered anew.
  public func run() async {
    await withTaskGroup { group in
      for delivery in deliveries { group.addTask { await run(delivery) } }
      group.addTask { await keepPruned() }
    }
  }

  private func keepPruned() async {
    repeat {
      do {
        try await prune()
      } catch is CancellationError {
        return
      } catch {
        logger.warning("Old events could not be removed", metadata: ["error": "\(error)"])
      }
    } while (try? await Task.sleep(for: .seconds(60))) != nil
  }

  /// Delivers what is there, and what that publishes in turn, and returns; for tests and commands.
  ///
  /// Waits for transactions that hold up entries of the log, and not while another node delivers.
  ///
  /// - Throws: What reading and storing throws; an event that fails is put aside instead.
  public func deliver() async throws {
    var isBusy = true
    while isBusy {
      isBusy = false
      for delivery in deliveries where try await delivery.drain() { isBusy = true }
    }
  }

  private func run(_ delivery: EventDelivery) async {
    let signals = delivery.log.db.signals(on: EventLog.topic, atLeastEvery: options.poll)
    for await _ in signals {
      do {
        try await delivery.drain()
      } catch {
        guard !Task.isCancelled else { return }
        logger.warning(
          "Events could not be delivered",
          metadata: [
            "consumer": "\(delivery.consumer.name)", "source": "\(delivery.log.context)",
            "error": "\(error)",
          ]
        )
      }
    }
  }
}
