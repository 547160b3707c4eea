public import ArtelConcurrency
import Glibc
public import Logging

/// Checks, cleans and shrinks pictures that strangers upload.
///
/// The container of a picture is read by this process, in Swift; its pixels are decoded by libvips
/// in worker processes with limits on memory and time, so that a malicious picture costs itself and
/// no more. Workers start on first need, serve many pictures one after the other, and end when
/// idle.
public final class PictureWorkshop: Sendable {
  /// What a worker may use.
  public struct WorkerLimits: Hashable, Sendable {
    /// Private memory of one worker in bytes; default 1 GiB, enough for any 50-megapixel picture.
    public var memoryBytes: Int
    /// Time for one picture; default 20 seconds.
    public var jobTime: Duration
    /// How long a worker without a picture is kept; default one minute.
    public var idleTime: Duration
    /// Pictures after which a worker is replaced; default 500.
    public var jobs: Int
    /// Resident memory after a job beyond which a worker is replaced, in bytes; default 256 MiB.
    public var residentBytes: Int

    /// Sets limits; see the properties for the defaults.
    public init(
      memoryBytes: Int = 1 << 30,
      jobTime: Duration = .seconds(20),
      idleTime: Duration = .seconds(60),
      jobs: Int = 500,
      residentBytes: Int = 256 << 20
    ) {
      self.memoryBytes = memoryBytes
      self.jobTime = jobTime
      self.idleTime = idleTime
      self.jobs = jobs
      self.residentBytes = residentBytes
    }
  }

  private static let thumbnailQuality = 80

  /// Threads that wait for workers: busy ones have a picture, waiting calls are the queue.
  public let pool: BlockingPool

  private let observer: (@Sendable (PictureRecord) -> Void)?
  let crew: WorkerCrew
  private let limits: WorkerLimits
  private let logger: Logger

  /// Describes a workshop; starts nothing.
  ///
  /// - Parameters:
  ///   - workerPath: The program `artel-pictures`.
  ///   - workers: Most pictures at the same time; default 2. Each uses one processor core.
  ///   - limits: What a worker may use.
  ///   - environment: The whole environment of the workers; default empty.
  ///   - logger: Told of workers that fail.
  ///   - observer: Called after everything a worker was asked to do, on a thread of the pool.
  public init(
    workerPath: String,
    workers: Int = 2,
    limits: WorkerLimits = WorkerLimits(),
    environment: [String: String] = [:],
    logger: Logger,
    observer: (@Sendable (PictureRecord) -> Void)? = nil
  ) {
    self.observer = observer
    pool = BlockingPool(name: "artel-pictures", threads: workers)
    crew = WorkerCrew(
      program: workerPath,
      limits: limits,
      environment: environment,
      pool: pool,
      logger: logger
    )
    self.limits = limits
    self.logger = logger
  }

  deinit {
    let crew = crew
    Task { await crew.stop() }
  }

  /// Reads the header of a picture, in this process; decodes nothing.
  ///
  /// - Throws: As ``prepare(fileAt:into:copies:limits:)``, but finds no damage among the pixels.
  public func inspect(
    fileAt path: String,
    limits: PictureLimits = PictureLimits()
  ) async throws(PictureError) -> PictureHeader {
    try await run { _ throws(PictureError) in
      let anatomy = try PictureAnatomy.read(
        PictureFileSystem.read(path, limitBytes: limits.sizeBytes)
      )
      try limits.check(anatomy)
      return anatomy.header
    }
  }

  /// Checks a picture and makes its cleaned copy and its thumbnails.
  ///
  /// The copy is lossless, apart from pictures that have to be turned upright, and HEIC and AVIF, which
  /// become JPEG or, when they are transparent, WebP. Color profiles are
  /// kept in the copy; thumbnails are in sRGB. Waits while all workers have pictures.
  ///
  /// - Parameters:
  ///   - path: The file as it was uploaded; stays as it is.
  ///   - directory: An empty directory for the files to be made.
  ///   - copies: Which thumbnails are made; default those of a gallery.
  ///   - limits: Checked before any pixel is decoded.
  /// - Returns: What was made, all of it in `directory`.
  /// - Throws: ``PictureError``; the directory is empty then.
  public func prepare(
    fileAt path: String,
    into directory: String,
    copies: PictureCopies = .gallery,
    limits: PictureLimits = PictureLimits()
  ) async throws(PictureError) -> PreparedPicture {
    try await run { job throws(PictureError) in
      let task = PicturePreparation(
        source: path,
        directory: directory,
        limits: limits,
        copies: copies,
        quality: Self.thumbnailQuality
      )
      return try task.run { request throws(PictureError) in try self.send(request, for: job) }
    }
  }

  /// Paints a picture for a demonstration; the same arguments give the same picture.
  ///
  /// - Parameters:
  ///   - kind: Any number; there are about a dozen kinds, taken in turn.
  ///   - seed: Chooses colors and composition.
  ///   - widthPixels: 16 to 8192.
  ///   - heightPixels: 16 to 8192.
  ///   - path: The file to be made, as PNG when it ends in `.png`, else as JPEG.
  /// - Throws: ``PictureError/disk`` when the file cannot be made or a side is out of range.
  public func paint(
    kind: Int,
    seed: UInt64,
    widthPixels: Int,
    heightPixels: Int,
    to path: String
  ) async throws(PictureError) {
    let painting = WorkerMessage.Painting(
      kind: kind,
      seed: seed,
      widthPixels: widthPixels,
      heightPixels: heightPixels,
      path: path
    )
    try await run { job throws(PictureError) in
      _ = try self.send(painting.request, for: job)
    }
  }

  /// Ends the workers; pictures they have are given up with ``PictureError/stopped``.
  public func stop() async {
    await crew.stop()
    pool.stop()
  }

  /// Runs `body` on a thread of the pool; when cancelled, returns only after `body` has let go.
  private func run<T: Sendable>(
    _ body: @escaping @Sendable (PictureJob) throws(PictureError) -> T
  ) async throws(PictureError) -> T {
    let job = PictureJob()
    do {
      return try await withTaskCancellationHandler {
        try await pool.run {
          try job.run { () throws(PictureError) in try body(job) }
        }
      } onCancel: {
        job.cancel()
      }
    } catch let error as PictureError {
      throw error
    } catch BlockingPoolError.full {
      throw .busy
    } catch is BlockingPoolError {
      throw .stopped
    } catch {
      job.cancel()
      await job.waitForEnd()
      throw .cancelled
    }
  }

  private func send(_ request: [UInt8], for job: PictureJob) throws(PictureError)
    -> WorkerMessage.Reply
  {
    let worker = try crew.take()
    job.use(worker)
    let start = MonotonicTime.nanoseconds()
    var outcome = PictureRecord.Outcome.crashed
    defer {
      let nanoseconds = MonotonicTime.nanoseconds() - start
      observer?(PictureRecord(outcome: outcome, nanoseconds: nanoseconds))
    }
    let reply: WorkerMessage.Reply
    do throws(WorkerProcess.Failure) {
      reply = try worker.exchange(request, timeLimit: limits.jobTime)
    } catch {
      _ = job.spare()
      crew.discard(worker, "\(error)")
      if error != .gone { outcome = .late }
      if job.isCancelled || crew.isStopped { outcome = .stopped }
      if job.isCancelled { throw .cancelled }
      if crew.isStopped { throw .stopped }
      throw error == .gone ? .workerCrashed : .tookTooLong
    }
    guard job.spare() else {
      // It has answered, and was ended all the same.
      crew.discard(worker, "cancelled")
      outcome = .stopped
      throw .cancelled
    }
    crew.giveBack(worker, residentKiB: reply.residentKiB)
    outcome = reply.outcome == .ok ? .done : .refused
    return try accept(reply)
  }

  private func accept(_ reply: WorkerMessage.Reply) throws(PictureError) -> WorkerMessage.Reply {
    guard reply.outcome != .ok else { return reply }
    logger.info(
      "A picture was refused.",
      metadata: ["outcome": "\(reply.outcome)", "reason": "\(reply.reason)"]
    )
    switch reply.outcome {
    case .disk, .badRequest: throw .disk
    case .unsupported: throw .unsupportedType(found: "HEIC")
    // Also when libvips finds more in the header than this process did: nobody made that by accident.
    default: throw .damaged
    }
  }
}
