import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelOperations
import ArtelPictures
import ArtelPostgres
import ArtelTelemetry

extension Installation {
  /// Names what operators see of this process besides what its parts count themselves.
  func registerMetrics() {
    let registry = stage.telemetry.metrics
    let machine = MachineMetrics()
    machine.register(pools, in: registry)
    machine.register(
      dataDirectory: stage.settings.dataDirectory,
      version: Version.current,
      pool: stage.pool,
      in: registry
    )
    ProcessMetrics().register(in: registry, pool: stage.pool)
    DatabaseMetrics().register(stage.databases, in: registry)
    let logs = Stage.contexts.map { EventLog($0, in: stage.database($0)) }
    EventMetrics().register(EventOverview(logs), in: registry)
    JobMetrics().register(
      Stage.contexts.map { JobQueue(in: stage.database($0)) },
      in: registry
    )
    CacheMetrics().register(cache, in: registry)
    StorageMetrics().register(blobs, in: registry)
    SearchMetrics().register(stage.database("search"), in: registry)
  }

  /// All threads of this process for calls that block, so that none can hang unseen.
  private var pools: [BlockingPool] {
    var pools = [
      stage.pool, passwordThreads, pictureThreads, postThreads, fetchThreads, backupThreads,
      workshop.pool,
    ]
    for database in stage.databases.values { pools += database.replicaPools }
    return pools
  }
}
