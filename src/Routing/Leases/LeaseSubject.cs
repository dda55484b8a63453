namespace Platform.Routing.Leases;

/// <summary>Whose calls draw: all that decides which wallet and which caps a call is charged to. Empty where there is none.</summary>
internal readonly record struct LeaseSubject(string TeamId, string UserId, string ApplicationId, string KeyId, string Currency);
