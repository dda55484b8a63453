namespace Platform.Metering.Alerts.Delivery;

/// <summary>What came of an attempt, in order of precedence.</summary>
internal enum SendOutcome
{
    Delivered,

    /// <summary>The receiver wants no more (410): its channel is disabled.</summary>
    Gone,

    /// <summary>Sending it again as it is cannot help: somebody must change something first.</summary>
    Refused,

    /// <summary>Tried again later.</summary>
    Failed,
}

/// <param name="Error">For people, without secrets; empty when delivered.</param>
/// <param name="RetryAfter">How long the receiver asks to be left alone; null when it does not say.</param>
internal sealed record SendResult(SendOutcome Outcome, string Error, TimeSpan? RetryAfter = null)
{
    public static readonly SendResult Delivered = new(SendOutcome.Delivered, "");

    public static SendResult Refused(string error) => new(SendOutcome.Refused, error);

    public static SendResult Failed(string error, TimeSpan? retryAfter = null) => new(SendOutcome.Failed, error, retryAfter);
}
