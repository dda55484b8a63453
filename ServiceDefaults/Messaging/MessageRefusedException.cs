namespace Platform.ServiceDefaults.Messaging;

/// <summary>
/// A message that no further try can handle: it goes to the dead ones at once, for each try keeps others waiting. It has no inner exception: the bus writes the innermost one to the message, and
/// people would not read what this one says.
/// </summary>
public abstract class MessageRefusedException(string message) : Exception(message);
