variable "typed" {
  type = object({ a = string, n = number, l = list(string) })
  default = {
    a     = 1
    n     = "2"
    l     = [1, true]
    extra = "dropped"
  }
}

variable "optional" {
  type = list(object({
    a = string
    b = optional(number, 3)
    c = optional(string)
    d = optional(object({ e = optional(string, "deep") }), {})
  }))
  default = [{ a = "x" }, { a = "y", b = "4", c = "z", d = { e = null } }, { a = "n", b = null }]
}

variable "strings" {
  type    = set(string)
  default = ["b", "a", "b", 1]
}

variable "numbers" {
  type    = map(number)
  default = { b = "2", a = 1 }
}

variable "nothing" {
  type    = string
  default = null
}

variable "any" {
  type    = any
  default = { x = [1, "a"] }
}

variable "pair" {
  type    = tuple([string, number])
  default = [1, "2"]
}

locals {
  list    = tolist(["a", "b", "c"])
  set     = toset(["b", "a"])
  map     = tomap({ b = "2", a = "1" })
  object  = { n = 1, s = "x", b = true }
  tuple   = [1, "a", true]
  numbers = [3, 1, 2]
  text    = "Hello, World"
  empty   = []
  nothing = null
  nested  = { list = [{ name = "x", tags = ["t"] }, { name = "y", tags = ["u", "v"] }] }
}

resource "terraform_data" "u" {}
