namespace Platform.Forecasting.Calendar;

/// <summary>What a calendar effect was learnt to be, and where it acts.</summary>
/// <param name="Name">The effect's.</param>
/// <param name="Ratio">What a marked step is as a multiple of an unmarked one; 0 or more.</param>
/// <param name="Deviation">Standard deviation of the ratio, as a share of it.</param>
/// <param name="Ahead">Marked steps after the history, as far as they are known; 0 follows the last observation. Ascending.</param>
public sealed record LearntEffect(string Name, double Ratio, double Deviation, IReadOnlyList<int> Ahead);
