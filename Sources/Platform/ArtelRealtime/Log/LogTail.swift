import ArtelPostgres
import Logging

/// Reads one log as it grows, once for all sockets of the node.
///
/// Woken in memory by what this node writes, by notifications of other nodes, and every second in
/// case one was lost.
struct LogTail: Sendable {
  let log: UpdateLog
  let settings: RealtimeSettings
  let logger: Logger

  /// Tells this node's notifications from those of others.
  let node: String

  /// What begins anew: reading begins here, in this epoch.
  let opened: @Sendable (UpdateLog.Horizon) -> Void

  /// Takes entries in order; throws when they cannot be delivered now, and is given them again.
  let deliver: @Sendable (UpdateLog.Page) async throws -> Void

  func run() async {
    await withTaskGroup { group in
      group.addTask { await follow() }
      group.addTask { await notify() }
      group.addTask { await listen() }
      group.addTask { await poll() }
      group.addTask { await prune() }
      await group.waitForAll()
    }
  }

  private func follow() async {
    var reading = Reading()
    for await _ in log.wakes.grown {
      do {
        try await read(&reading)
        reading.isBehind = false
      } catch is CancellationError {
        return
      } catch {
        if !reading.isBehind {
          let metadata: Logger.Metadata = ["log": "\(log.name)", "error": "\(error)"]
          logger.warning("Updates cannot be read", metadata: metadata)
        }
        reading.isBehind = true
        reading.isSure = false
      }
      // What comes in the meantime is read together.
      guard (try? await Task.sleep(for: settings.readPause)) != nil else { return }
    }
  }

  /// How far the log was read.
  private struct Reading {
    var horizon: UpdateLog.Horizon?
    /// Whether it is still the same PostgreSQL; after a failure another one may answer.
    var isSure = false
    var isBehind = false
  }

  private func read(_ reading: inout Reading) async throws {
    if !reading.isSure {
      let present = try await log.open()
      if present.epoch != reading.horizon?.epoch {
        opened(present)
        reading.horizon = present
      }
      reading.isSure = true
    }
    while let point = reading.horizon?.point {
      let page = try await log.entries(after: point)
      if page.point > point { try await deliver(page) }
      reading.horizon?.point = page.point
      if page.isLast { return }
    }
  }

  private func notify() async {
    for await _ in log.wakes.written {
      // Outside any transaction of a verb: a NOTIFY holds a lock of the whole cluster until commit.
      _ = try? await log.db.write("select pg_notify(\(UpdateLog.channel), \(node))")
      guard (try? await Task.sleep(for: settings.notifyPause)) != nil else { return }
    }
  }

  private func listen() async {
    for await event in log.db.listen(to: [UpdateLog.channel]) {
      if case .notification(_, let sender, _) = event, sender == node { continue }
      log.wakes.wake()
    }
  }

  private func poll() async {
    repeat {
      log.wakes.wake()
    } while (try? await Task.sleep(for: settings.pollInterval)) != nil
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
