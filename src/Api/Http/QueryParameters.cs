using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Platform.Api.Http;

/// <summary>
/// The query parameters that each endpoint reads, from its handler's own parameters: the same rule that binds them. One that is not among them would be looked at by
/// nobody, and a misspelt filter would answer with everybody's figures.
/// </summary>
internal sealed class QueryParameters
{
    private readonly ConcurrentDictionary<Endpoint, IReadOnlyList<string>?> _known = new();

    /// <summary>In the handler's order; null for an endpoint that is no handler.</summary>
    public IReadOnlyList<string>? Of(Endpoint endpoint) => _known.GetOrAdd(endpoint, Read);

    private static IReadOnlyList<string>? Read(Endpoint endpoint) => endpoint.Metadata.GetMetadata<MethodInfo>() is { } handler
        ? [.. handler.GetParameters().SelectMany(parameter => NamesOf(parameter, (endpoint as RouteEndpoint)?.RoutePattern))]
        : null;

    private static IEnumerable<string> NamesOf(ParameterInfo parameter, RoutePattern? route)
    {
        if (parameter.IsDefined(typeof(AsParametersAttribute)))
        {
            return parameter.ParameterType.GetConstructors().Single().GetParameters().SelectMany(part => NamesOf(part, route));
        }

        var name = parameter.GetCustomAttribute<FromQueryAttribute>()?.Name ?? parameter.Name!;
        return IsReadFromText(parameter.ParameterType) && route?.GetParameter(name) is null ? [name] : [];
    }

    /// <summary>What has no text form comes from the body or from the services.</summary>
    private static bool IsReadFromText(Type type)
    {
        var single = type.IsArray ? type.GetElementType()! : Nullable.GetUnderlyingType(type) ?? type;
        return single == typeof(string) || single.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IParsable<>));
    }
}
