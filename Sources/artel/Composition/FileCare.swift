import ArtelStorage
import Foundation
import Logging

/// Looks after the stored files beside the server: removes what no row names, and reads all once a day.
struct FileCare: Sendable {
  private static let day: TimeInterval = 86_400

  let blobs: BlobStore
  let contexts: [BlobReferences]
  /// Younger files without a row are left alone.
  let orphansBefore: @Sendable () -> Date
  let bytesPerSecond: Int
  let logger: Logger

  /// Works until the task is cancelled.
  func run() async {
    await removeOrphans()
    repeat {
      // Whoever of several servers on one disk comes first does it for all.
      guard await isDue() else { continue }
      await removeOrphans()
      await check()
    } while (try? await Task.sleep(for: .seconds(600))) != nil
  }

  private func isDue() async -> Bool {
    do {
      guard let last = try await blobs.lastCheck()?.finishedAt else { return true }
      // A date in the future is that of a clock that was wrong.
      return !(0..<FileCare.day).contains(Date().timeIntervalSince(last))
    } catch {
      logger.warning("The last check of the files cannot be read", metadata: ["error": "\(error)"])
      return true
    }
  }

  func check() async {
    var options = BlobStore.CheckOptions()
    options.bytesPerSecond = bytesPerSecond
    do {
      let check = try await blobs.check(against: contexts, options)
      let counts: Logger.Metadata = [
        "files": "\(check.files)", "bytes": "\(check.bytes)",
        "damaged": "\(check.damaged.count)", "unreadable": "\(check.unreadable.count)",
        "missing": "\(check.missing.count)", "orphans": "\(check.orphans.count)",
      ]
      if check.isSound {
        logger.info("Every file is as it was stored", metadata: counts)
      } else {
        logger.error("Files are damaged or missing: see artel storage show", metadata: counts)
      }
    } catch let error as StorageError where error.code == .busy {
      // Another node, or an operator, is at it.
    } catch is CancellationError {
      // The server stops; the next start begins anew.
    } catch {
      logger.warning("Files could not be checked", metadata: ["error": "\(error)"])
    }
  }

  /// Removes the files of pictures that no row names, once; says in the log what it found.
  func removeOrphans() async {
    do {
      let round = try await blobs.removeOrphans(by: contexts, writtenBefore: orphansBefore())
      let counts: Logger.Metadata = [
        "files": "\(round.blobs)", "orphans": "\(round.orphans)", "removed": "\(round.removed)",
      ]
      if round.isImplausible {
        logger.error(
          "Too many files are named by no row, so none was removed: is this their database?",
          metadata: counts
        )
      } else {
        logger.info("Files were compared with their rows", metadata: counts)
      }
    } catch is CancellationError {
      // The server stops; the next start begins anew.
    } catch {
      logger.warning(
        "Files could not be compared with their rows",
        metadata: ["error": "\(error)"]
      )
    }
  }
}
