import ArtelPostgres
import Logging

/// Reads one log as it grows, once for all sockets of the node.
struct LogTail: Sendable {
  let log: UpdateLog
  let settings: RealtimeSettings
  let logger: Logger

  /// Told where reading begins, at the start and whenever another PostgreSQL answers.
  let opened: @Sendable (Position.Mark) -> Void

  /// Takes entries in order; throws when they cannot be delivered now, and is given them again.
  let deliver: @Sendable (UpdateLog.Page) async throws -> Void

  private enum Pause {
    static let shortest = Duration.milliseconds(2)
    static let longest = Duration.milliseconds(100)
  }

  /// How far the log was read.
  private struct Reading {
    var mark: Position.Mark?
    /// Whether it is still the same PostgreSQL; after a failure another one may answer.
    var isSure = false
    var isBehind = false
  }

  /// Follows the log until the task is cancelled, and removes what is old.
  func run() async {
    await withTaskGroup { group in
      group.addTask { await follow() }
      group.addTask { await prune() }
      await group.waitForAll()
    }
  }

  private func follow() async {
    var reading = Reading()
    let signals = log.db.signals(on: UpdateLog.topic, atLeastEvery: settings.pollInterval)
    for await _ in signals {
      do {
        try await read(&reading)
        reading.isBehind = false
      } catch is CancellationError {
        return
      } catch {
        report(error, &reading)
      }
      // What comes in the meantime is read together.
      guard (try? await Task.sleep(for: settings.readPause)) != nil else { return }
    }
  }

  private func report(_ error: any Error, _ reading: inout Reading) {
    if !reading.isBehind {
      let metadata: Logger.Metadata = ["log": "\(log.name)", "error": "\(error)"]
      logger.warning("Updates cannot be read", metadata: metadata)
    }
    reading.isBehind = true
    reading.isSure = false
  }

  private func read(_ reading: inout Reading) async throws {
    if !reading.isSure {
      let present = try await log.open()
      if present.epoch != reading.mark?.epoch {
        opened(present)
        reading.mark = present
      }
      reading.isSure = true
    }
    var pause = Pause.shortest
    while let point = reading.mark?.point {
      let page = try await log.entries(after: point)
      if page.point > point { try await deliver(page) }
      reading.mark?.point = page.point
      if page.isLast && !page.isUnsettled { return }
      guard page.isLast else { continue }
      // Nobody signals the end of the transaction that holds entries back.
      try await Task.sleep(for: pause)
      pause = min(pause * 2, Pause.longest)
    }
  }

  private func prune() async {
    while (try? await Task.sleep(for: settings.pruneInterval)) != nil {
      do {
        while try await log.prune(olderThan: settings.retention) == UpdateLog.prunedAtOnce {}
      } catch {
        logger.warning("Old updates were not removed", metadata: ["error": "\(error)"])
      }
    }
  }
}
