namespace Platform.Routing.Scheduled;

/// <summary>What work that waits has been refused for last, for a while: that has been told, and asking whether it is over is no new demand. Another refusal is.</summary>
internal enum WorkWait
{
    None,
    Funds,
    Freeze,
}
