using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.OpenApi;

namespace Platform.Api.Description;

/// <summary>
/// Fields of bodies that are marked <see cref="RequiredAttribute"/>. That they are required the document has from the mark; here it is told that they cannot be null: their
/// types can only so that absence is seen, and refused by the field's name.
/// </summary>
internal static class RequiredFields
{
    public static void Tighten(OpenApiDocument document)
    {
        foreach (var type in typeof(RequiredFields).Assembly.GetTypes())
        {
            // Schemas are told by their types' names.
            if (document.Components?.Schemas?.TryGetValue(type.Name, out var schema) is not true || schema.Properties is not { } properties)
            {
                continue;
            }

            foreach (var field in type.GetProperties().Where(field => field.IsDefined(typeof(RequiredAttribute), inherit: true)))
            {
                var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name);
                properties[name] = NeverNull(properties[name]);
            }
        }
    }

    private static IOpenApiSchema NeverNull(IOpenApiSchema schema)
    {
        if (schema is OpenApiSchema { Type: { } type } own)
        {
            own.Type = type & ~JsonSchemaType.Null;
        }

        // What has a schema of its own is told as null or a reference.
        return schema.OneOf?.OfType<OpenApiSchemaReference>().SingleOrDefault() ?? schema;
    }
}
