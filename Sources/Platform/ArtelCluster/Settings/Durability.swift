/// How far the cluster goes so that nothing acknowledged is lost.
public enum Durability: Sendable {
  /// Every commit is on the disk before it is acknowledged.
  case full
  /// Nothing waits for the disk: a power cut destroys the cluster. For tests alone.
  case fast
}
