using System.Text;
using System.Text.Json.Nodes;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Shapes.Responses;

namespace Platform.Routing.Tests.Shapes;

/// <summary>What somebody is told who sends a first call and forgot something, in the form that the shape's client libraries read.</summary>
public sealed class BareBodyTests
{
    private const string Empty = "The body is empty. Send the request in it, as a JSON object.";
    private const string Missing = "'model' is missing: name the model that is to serve this. GET /v1/models lists those that there are.";
    private const string NoName = "'model' must be a string: the name of a model. GET /v1/models lists those that there are.";

    private static readonly WireShape[] All = [new ChatShape(), new ResponsesShape(), new EmbeddingsShape(), new MessagesShape()];

    [Theory]
    [InlineData("", Empty)]
    [InlineData(" \r\n\t", Empty)]
    [InlineData("\uFEFF{\"model\":\"m\"}", "The body begins with a byte order mark, which JSON has none of. Send it in UTF-8 without one.")]
    [InlineData("{}", Missing)]
    [InlineData("""{"messages":[],"input":[]}""", Missing)]
    [InlineData("""{"model":""}""", NoName)]
    [InlineData("""{"model":7,"messages":[]}""", NoName)]
    [InlineData("""{"model":null}""", NoName)]
    [InlineData("{", "The body is not valid JSON (line 1, byte 1).")]
    [InlineData("""{"x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""", "The body is nested more than 64 levels deep (line 1, byte 68). Lay it out flatter.")]
    public void Body_that_names_no_model_is_refused_in_the_shapes_own_form_with_what_to_send(string body, string says)
    {
        foreach (var shape in All)
        {
            var error = shape.TryRead(Encoding.UTF8.GetBytes(body), out _);
            Assert.NotNull(error);
            var told = JsonNode.Parse(shape.ToErrorBody(error))!;

            Assert.Equal(400, error.Status);
            Assert.Equal((says, "invalid_request_error"), ((string)told["error"]!["message"]!, (string)told["error"]!["type"]!));
            Assert.Equal(shape is MessagesShape ? "error" : null, (string?)told["type"]);
        }
    }
}
