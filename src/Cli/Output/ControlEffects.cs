using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Output;

/// <summary>A change of controls, and what spend did after it.</summary>
/// <param name="Effect">The API's answer; null: it could not be judged.</param>
/// <param name="Sentence">What is to be seen, or why nothing can be said.</param>
internal sealed record ControlEffect(JsonElement Control, JsonElement? Effect, string Sentence)
{
    public void WriteTo(Utf8JsonWriter body)
    {
        body.WriteStartObject();
        body.WritePropertyName("control");
        Control.WriteTo(body);
        body.WritePropertyName("effect");
        if (Effect is { } effect)
        {
            effect.WriteTo(body);
        }
        else
        {
            body.WriteNullValue();
        }

        body.WriteString("sentence", Sentence);
        body.WriteEndObject();
    }
}

/// <summary>The statistical side of the control layer: the last changes whose effect can be seen by now.</summary>
internal static class ControlEffects
{
    private const int MostJudged = 5;

    /// <summary>An effect needs three full days after the change.</summary>
    private static readonly TimeSpan Judged = TimeSpan.FromDays(4);

    public static async Task<IReadOnlyList<ControlEffect>> ReadAsync(
        KtEnvironment environment, ApiClient api, OutputFormat format, string? team, string? timeZone, DateTimeOffset now, CancellationToken cancellation)
    {
        var until = (now - Judged).UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        using var controls = await environment.GetNamedAsync(
            api, format, Query.Path("v1/forecast/controls", ("team_id", team), ("until", until), ("limit", MostJudged.ToString(CultureInfo.InvariantCulture))), cancellation);
        var effects = new List<ControlEffect>();
        foreach (var control in controls.RootElement.GetProperty("controls").EnumerateArray())
        {
            try
            {
                using var effect = await api.GetAsync(Query.Path("v1/forecast/effect", ("event_id", control.Text("event_id")), ("team_id", team), ("time_zone", timeZone)), cancellation);
                effects.Add(new ControlEffect(control.Clone(), effect.RootElement.Clone(), effect.RootElement.Text("sentence")));
            }
            catch (KtError problem) when (problem.ExitCode == ExitCodes.Failed)
            {
                effects.Add(new ControlEffect(control.Clone(), null, problem.Message));
            }
        }

        return effects;
    }

    public static void Print(Printer printer, IReadOnlyList<ControlEffect> effects)
    {
        foreach (var effect in effects)
        {
            printer.Line($"After {effect.Control.Time("occurred_at")}, {effect.Control.Text("summary")}, by {effect.Control.Text("actor")}: {effect.Sentence}");
        }
    }
}
