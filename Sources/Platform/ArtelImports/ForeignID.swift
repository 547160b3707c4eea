public import ArtelIdentifiers

/// Marks ids of things in another system.
public enum ForeignThing {}

/// The id of a thing in the system that it comes from.
public typealias ForeignID = Identifier<ForeignThing>
