using Platform.Routing.Policies;

namespace Platform.Routing.Resilience;

/// <summary>Why an attempt brought the caller nothing.</summary>
/// <param name="Kind">None: nothing that another try would help against.</param>
/// <param name="RetryAfter">What the provider asked for; zero when it named nothing.</param>
/// <param name="Reason">A few words, for records and people.</param>
internal readonly record struct ProviderFailure(FailureKinds Kind, TimeSpan RetryAfter, string Reason);
