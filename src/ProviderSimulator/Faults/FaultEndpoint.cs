using System.Text.Json;
using System.Text.Json.Serialization;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Faults;

/// <summary>
/// <c>POST /admin/faults</c> replaces the fault of all calls to come (or of the next <c>count</c>); <c>DELETE</c> removes it. The fields
/// are <see cref="Fault"/>'s in snake case. Both answer 204.
/// </summary>
internal static class FaultEndpoint
{
    public static async Task SetAsync(HttpContext context, FaultPlan plan)
    {
        FaultOrder? order;
        try
        {
            order = await JsonSerializer.DeserializeAsync(
                context.Request.Body, FaultJson.Default.FaultOrder, context.RequestAborted);
        }
        catch (JsonException exception)
        {
            await OpenAiError.BadRequest(exception.Message).WriteAsync(context.Response);
            return;
        }
        var problem = order is null ? "A fault is an object." : order.Count < 1 ? "count must be at least 1" : order.Problem();
        if (problem is not null)
        {
            await OpenAiError.BadRequest(problem).WriteAsync(context.Response);
            return;
        }
        plan.Set(order!, order!.Count);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static Task ClearAsync(HttpContext context, FaultPlan plan)
    {
        plan.Clear();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}

/// <summary>The body of <c>POST /admin/faults</c>; a name it does not know is refused rather than ignored.</summary>
internal sealed record FaultOrder : Fault
{
    public int? Count { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(Named<Cut>), typeof(Named<UsageLie>), typeof(Named<StreamUsage>), typeof(Named<Refusal>)])]
[JsonSerializable(typeof(FaultOrder))]
internal sealed partial class FaultJson : JsonSerializerContext;

/// <summary>An enumeration by its names in snake case.</summary>
internal sealed class Named<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
