namespace Platform.NativeHost.Engine;

/// <summary>What one question for a process's health has shown.</summary>
/// <param name="Complaint">What is wrong; null when it is healthy.</param>
/// <param name="IsSilent">
/// Its port was open and no answer came. That is how a process hangs; one that refuses connections is still starting or is ending its calls, and one that answers that it cannot work waits
/// for something else.
/// </param>
internal readonly record struct Probe(string? Complaint, bool IsSilent = false)
{
    public static readonly Probe Healthy = new(Complaint: null);

    public bool IsHealthy => Complaint is null;
}
