using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary><c>--period</c> and <c>--basis</c> of an export.</summary>
internal sealed class ExportPeriodOptions
{
    public Option<string?> Period { get; } = DateOption.Month("--period", "A month, such as 2026-06.");

    public Option<string?> Basis { get; } = ChoiceOption.Create(
        "--basis", "occurred or booked: by which date usage belongs to it. Default: booked for a closed month, occurred otherwise.", "occurred", "booked");
}
