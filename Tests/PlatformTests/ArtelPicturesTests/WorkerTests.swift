import ArtelConcurrency
import ArtelTesting
import Foundation
import Testing

@testable import ArtelPictures

@Suite("The picture worker")
struct WorkerTests {
  @Test func `costs one picture when it is killed`() async throws {
    let bench = try Bench(workers: 1)
    let running = try await bench.stuckPreparation()
    for processID in bench.workshop.crew.busyProcessIDs { kill(processID, SIGKILL) }

    let error = await #expect(throws: PictureError.self) { _ = try await running.value }

    #expect(error == .workerCrashed)
    #expect(try bench.outputFiles.isEmpty)
    #expect(try await bench.refusal(Fixture.png(width: 9, height: 9)) == nil)
  }

  @Test func `is replaced without cost when it ended while idle`() async throws {
    let bench = try Bench(workers: 1)
    _ = try await bench.jpeg(16, 16)
    let first = bench.workshop.crew.processIDs
    for processID in first { kill(processID, SIGKILL) }
    // A killed process closes its end of the socket before it can be waited for.
    try await eventually("they have ended") { first.allSatisfy(Self.isZombie) }

    #expect(try await bench.refusal(Fixture.png(width: 9, height: 9)) == nil)
    #expect(bench.workshop.crew.processIDs != first)
  }

  @Test func `is ended when a picture takes too long`() async throws {
    let program = FileManager.default.temporaryDirectory
      .appending(path: "artel-idler-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: program) }
    try Self.writeProgram("#!/bin/sh\nexec sleep 1000\n", to: program)
    let bench = try Bench(workerPath: program, limits: .init(jobTime: .milliseconds(1)))

    #expect(try await bench.refusal(Fixture.png(width: 9, height: 9)) == .tookTooLong)
    #expect(try bench.outputFiles.isEmpty)
    #expect(bench.workshop.crew.processIDs.isEmpty)
  }

  /// By another process: one that this process starts meanwhile would hold the file open for a moment,
  /// and what is open for writing cannot be run (ETXTBSY).
  private static func writeProgram(_ text: String, to path: String) throws {
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", #"printf %s "$1" > "$2" && chmod 700 "$2""#, "sh", text, path]
    try shell.run()
    shell.waitUntilExit()
    try #require(shell.terminationStatus == 0)
  }

  // Fails without the look at the job: the next picture got a worker that was about to end.
  @Test func `is not lent again when its job was cancelled at the moment of the answer`() throws {
    let worker = try WorkerProcess(program: "/bin/cat", arguments: [], environment: [:])
    let job = PictureJob()

    try job.run { () throws(PictureError) in
      job.use(worker)
      job.cancel()

      #expect(!job.spare())
    }
  }

  @Test func `is spared when its job is cancelled after the answer`() throws {
    let worker = try WorkerProcess(program: "/bin/cat", arguments: [], environment: [:])
    let job = PictureJob()

    try job.run { () throws(PictureError) in
      job.use(worker)
      #expect(job.spare())
      job.cancel()
    }

    // What it is sent next is what it dies of, unless it was ended before.
    kill(worker.processID, SIGTERM)
    var end = siginfo_t()
    waitid(P_PID, id_t(worker.processID), &end, WEXITED | WNOWAIT)
    #expect(end._sifields._sigchld.si_status == SIGTERM)
  }

  // Fails when a worker is idle under one lock and free of its job under the next.
  @Test func `counts as busy as long as somebody has it`() async throws {
    let bench = try Bench(
      limits: .init(jobTime: .seconds(300), idleTime: .seconds(600), jobs: .max)
    )
    let crew = bench.workshop.crew
    let pool = BlockingPool(name: "test", threads: 2)
    let mistakes = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<2 {
        group.addTask {
          try await pool.run {
            var mistakes = 0
            for _ in 0..<20_000 {
              let worker = try crew.take()
              if !crew.busyProcessIDs.contains(worker.processID) { mistakes += 1 }
              crew.giveBack(worker, residentKiB: 0)
            }
            return mistakes
          }
        }
      }
      return try await group.reduce(0, +)
    }

    #expect(mistakes == 0)
    await crew.stop()
    pool.stop()
  }

  @Test func `is named when its program is missing`() async throws {
    let bench = try Bench(workerPath: "/nonexistent/artel-pictures")

    #expect(try await bench.refusal(Fixture.png(width: 9, height: 9)) == .workerUnavailable)
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test func `crashes alone when the program is another one`() async throws {
    let bench = try Bench(workerPath: "/bin/false")

    #expect(try await bench.refusal(Fixture.png(width: 9, height: 9)) == .workerCrashed)
  }

  @Test func `is replaced after its share of pictures`() async throws {
    let bench = try Bench(workers: 1, limits: .init(idleTime: .seconds(600), jobs: 2))
    _ = try await bench.jpeg(16, 16)
    let first = bench.workshop.crew.processIDs
    _ = try await bench.jpeg(16, 16)

    _ = try await bench.jpeg(16, 16)

    #expect(bench.workshop.crew.processIDs.count == 1)
    #expect(bench.workshop.crew.processIDs != first)
  }

  @Test func `is ended when idle`() async throws {
    let bench = try Bench(workers: 1, limits: .init(idleTime: .milliseconds(1)))

    _ = try await bench.jpeg(16, 16)

    try await eventually("the worker has ended") { bench.workshop.crew.processIDs.isEmpty }
    #expect(try await bench.jpeg(16, 16).count > 0)
  }

  @Test func `fails a picture that needs more memory than it may use`() async throws {
    let bench = try Bench(workers: 1, limits: .init(memoryBytes: 24 << 20, jobTime: .seconds(300)))
    let turned =
      Fixture.pngSignature + Fixture.pngHeader(width: 4000, height: 4000)
      + Fixture.pngChunk("eXIf", Fixture.exif(orientation: 6))
      + Fixture.pngBomb(side: 4000).dropFirst(8 + 25)

    let refusal = try await bench.refusal(turned)

    #expect(refusal == .damaged || refusal == .workerCrashed)
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test func `is ended with its job when the upload is cancelled`() async throws {
    let bench = try Bench(workers: 1)
    let running = try await bench.stuckPreparation()

    running.cancel()

    let error = await #expect(throws: PictureError.self) { _ = try await running.value }
    #expect(error == .cancelled)
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test func `ends with the workshop`() async throws {
    let bench = try Bench(workers: 1)
    _ = try await bench.jpeg(16, 16)
    let processIDs = bench.workshop.crew.processIDs

    await bench.workshop.stop()

    #expect(processIDs.allSatisfy { kill($0, 0) != 0 })
    #expect(try await bench.refusal(Fixture.png(width: 9, height: 9)) == .stopped)
  }

  @Test func `gives its picture up when the workshop stops`() async throws {
    let bench = try Bench(workers: 1)
    let running = try await bench.stuckPreparation()

    await bench.workshop.stop()

    let error = await #expect(throws: PictureError.self) { _ = try await running.value }
    #expect(error == .stopped)
  }

  @Test func `cannot write core files, gain privileges or use much memory`() async throws {
    let bench = try Bench(workers: 1)
    _ = try await bench.jpeg(16, 16)
    let processID = try #require(bench.workshop.crew.processIDs.first)

    let limits = try String(contentsOfFile: "/proc/\(processID)/limits", encoding: .utf8)
    let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)

    #expect(limits.contains(/Max core file size +0 +0/))
    #expect(limits.contains(/Max data size +1073741824 +1073741824/))
    #expect(limits.contains(/Max open files +64 +64/))
    #expect(status.contains(/NoNewPrivs:\s1/))
    #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/fd").count <= 4)
  }

  @Test func `leaves the queue when the upload is cancelled`() async throws {
    let bench = try Bench(workers: 1)
    let running = try await bench.stuckPreparation()
    let path = try bench.file(Fixture.png(width: 9, height: 9))
    let queued = Task { try await bench.workshop.prepare(fileAt: path, into: bench.folder.path()) }

    queued.cancel()

    let error = await #expect(throws: PictureError.self) { _ = try await queued.value }
    #expect(error == .cancelled)
    await bench.workshop.stop()
    _ = await running.result
  }

  /// The first thread may be gone while others of the process still hold its files open.
  private static func isZombie(_ processID: Int32) -> Bool {
    let stat = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
    let tasks = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task")
    return (stat?.contains(") Z ") ?? true) && (tasks?.count ?? 0) <= 1
  }
}
