using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast explain</c>: what the layered forecast rests on, segment by segment, and what spend did after the last changes of controls.</summary>
internal static class ForecastExplainCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var zone = CommonOptions.Text("--time-zone", "IANA name; periods are calendar periods in it. Default: UTC.");
        var output = CommonOptions.Output();
        return new Command("explain", "How each segment was forecast, what is odd about its history, what the layers rest on, and what spend did after the last changes of controls.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var (onlyTeam, timeZone) = (parsed.GetValue(team), parsed.GetValue(zone));
                using var layers = await api.GetAsync(Query.Path("v1/forecast/layers", ("team_id", onlyTeam), ("time_zone", timeZone)), cancellation);
                using var segments = await api.GetAsync(Query.Path("v1/forecast/segments", ("team_id", onlyTeam), ("time_zone", timeZone)), cancellation);
                var effects = await ControlEffects.ReadAsync(environment, api, parsed.GetValue(output), onlyTeam, timeZone, environment.Time.GetUtcNow(), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    using var whole = Whole(layers.RootElement, segments.RootElement, effects);
                    printer.Json(whole.RootElement);
                    return ExitCodes.Ok;
                }

                foreach (var segment in segments.RootElement.GetProperty("segments").EnumerateArray())
                {
                    Explain(printer, segment);
                }

                LayerTables.PrintReasons(printer, layers.RootElement);
                ControlEffects.Print(printer, effects);
                return ExitCodes.Ok;
            },
            team, zone, output);
    }

    private static JsonDocument Whole(JsonElement layers, JsonElement segments, IReadOnlyList<ControlEffect> effects)
    {
        using var stream = new MemoryStream();
        using (var body = new Utf8JsonWriter(stream))
        {
            body.WriteStartObject();
            body.WritePropertyName("layers");
            layers.WriteTo(body);
            body.WritePropertyName("segments");
            segments.WriteTo(body);
            body.WriteStartArray("effects");
            foreach (var effect in effects)
            {
                effect.WriteTo(body);
            }

            body.WriteEndArray();
            body.WriteEndObject();
        }

        return JsonDocument.Parse(stream.ToArray());
    }

    private static void Explain(Printer printer, JsonElement segment)
    {
        printer.Line($"{segment.Text("team_id")}, {Show.OrAll(segment.Text("workload"), "no workload")}, {Show.OrAll(segment.Text("lane"), "no lane")}: {Basis(segment)}");
        if (segment.Text("model").Length > 0)
        {
            printer.Line($"  made by {segment.Text("model")}");
            printer.Line($"  by the week: calls {Trend(segment, "calls_trend")}; tokens a call {Trend(segment, "tokens_per_call_trend")}; price of a token {Trend(segment, "price_per_token_trend")}");
        }

        foreach (var finding in segment.GetProperty("findings").EnumerateArray())
        {
            printer.Line($"  {finding.GetString()}");
        }
    }

    private static string Basis(JsonElement segment) => segment.Text("basis") switch
    {
        "own" => $"forecast from its own {segment.Text("history_days")} days",
        "borrowed" => $"{segment.Text("history_days")} days are few; its level, and the shape of its siblings",
        "stopped" => "no call for five weeks; nothing is expected of it",
        _ => "no priced day of it is over; nothing is known",
    };

    private static string Trend(JsonElement segment, string name)
    {
        var trend = segment.GetProperty(name);
        string Percent(string end) => trend.GetProperty(end).GetDouble().ToString("+0.0 %;-0.0 %;0.0 %", CultureInfo.InvariantCulture);
        return $"{Percent("middle")} ({Percent("low")} to {Percent("high")})";
    }
}
